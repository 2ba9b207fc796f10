"""One module per output format: `render(report) -> str`. A renderer never decides anything."""
