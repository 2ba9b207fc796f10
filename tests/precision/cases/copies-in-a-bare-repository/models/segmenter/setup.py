from setuptools import setup

setup(
    name="segmenter",
    url="https://github.com/somebody/segmenter",
    install_requires=["decord"],
)
