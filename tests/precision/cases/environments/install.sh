conda create -y -n sim python=3.11
conda activate sim
pip install numpy==1.26.4 torch==2.9.0 --index-url https://download.pytorch.org/whl/cu130
conda deactivate
python3 -m venv server
source server/bin/activate
pip install numpy==2.2.0 torchvision==0.23.0
deactivate
conda run -n sim pip install torchvision==0.24.0 --index-url https://download.pytorch.org/whl/cu130
