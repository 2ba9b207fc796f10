pip install torchaudio==2.7.0 open3d==0.19.0
