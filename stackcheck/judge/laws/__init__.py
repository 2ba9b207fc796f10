"""The laws: how GPU code, wheels, labels and files behave, one module per law, fed by rows and records."""
