"""The judge: a stack and a matrix in, a report out. Pure; nothing here touches the machine."""
