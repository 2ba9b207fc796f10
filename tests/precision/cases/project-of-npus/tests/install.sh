pip install torch==2.8.0
