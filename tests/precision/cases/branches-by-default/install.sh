SERVE=${SERVE:-no}
while [ $# -gt 0 ]; do
  case "$1" in --serve) SERVE=yes ;; esac
  shift
done
if [ "$SERVE" = yes ]; then
  pip install onnxruntime-gpu==1.20.1
fi
