"""The judge: a stack and a matrix in, a report out. Pure; nothing here touches the machine.

`stackcheck.judge(...)`, the call for other programs, has the name of this package, which is callable for that.
"""
