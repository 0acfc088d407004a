"""pygal: a chart as SVG.

with: pygal
"""

import pygal

chart = pygal.Bar(title="Fibonacci", disable_xml_declaration=True)
chart.add("Fibonacci", [0, 1, 1, 2, 3, 5, 8])
chart.x_labels = map(str, range(7))
svg = chart.render()
assert svg.startswith("<svg") and "Fibonacci" in svg and svg.count('class="bar"') == 7, svg[:200]
