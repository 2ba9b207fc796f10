pip install torch==0.3.1
