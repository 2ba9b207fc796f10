from setuptools import setup

setup(
    name="arm-own",
    url="https://github.com/arms/own",
    install_requires=["open3d==0.19.0"],
)
