pip install torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130
pip install open3d==0.19.0
