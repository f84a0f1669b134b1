"""How the site is built: Sphinx reads Markdown with MyST, and nothing on its pages is loaded from elsewhere."""

from typing import Final

project: Final = "NeuronIP pipeline"
language: Final = "en"

extensions: Final = ["myst_parser"]
exclude_patterns: Final = ["_build"]
# Headings are anchors of links, down to the functions of the reference.
myst_heading_anchors: Final = 4
# Blocks without a language are what terminals show.
highlight_language: Final = "text"

html_theme: Final = "furo"
html_title: Final = project
html_static_path: Final = ["_static"]
html_css_files: Final = ["site.css"]
html_copy_source: Final = False
html_show_copyright: Final = False
