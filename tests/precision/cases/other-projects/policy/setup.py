from setuptools import setup

setup(
    name="policy",
    url="https://github.com/policies/policy",
    install_requires=["open3d==0.19.0"],
)
