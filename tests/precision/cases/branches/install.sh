if [ "$1" = old ]; then
  pip install torch==2.1.0 --index-url https://download.pytorch.org/whl/cu118
else
  pip install torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130
fi
pip install torchvision==0.24.0 --index-url https://download.pytorch.org/whl/cu130
