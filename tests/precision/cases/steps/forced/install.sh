pip install torch==2.9.0
pip install torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130 --force-reinstall
