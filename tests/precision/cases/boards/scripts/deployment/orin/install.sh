pip install torch==2.8.0 --index-url https://pypi.jetson-ai-lab.io/jp6/cu126
