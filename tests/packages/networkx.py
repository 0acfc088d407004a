"""networkx: paths, ranks and trees of graphs.

with: networkx
"""

import networkx as nx

graph = nx.Graph()
graph.add_edge("A", "B", weight=4)
graph.add_edge("B", "D", weight=2)
graph.add_edge("A", "C", weight=3)
graph.add_edge("C", "D", weight=4)
assert nx.shortest_path(graph, "A", "D", weight="weight") == ["A", "B", "D"]
assert sorted(map(sorted, nx.minimum_spanning_tree(graph).edges)) == [["A", "B"], ["A", "C"], ["B", "D"]]
assert list(nx.topological_sort(nx.DiGraph([(1, 2), (2, 3)]))) == [1, 2, 3]
assert nx.is_connected(graph) and nx.diameter(graph) == 2
assert nx.density(nx.complete_graph(4)) == 1
