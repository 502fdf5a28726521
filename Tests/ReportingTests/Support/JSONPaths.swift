import Documents

/// The keys of a JSON document as paths: `sizing.replicas`, `simulations[].service.served`.
enum JSONPaths {
  static func all(in node: Node, under prefix: String = "") -> Set<String> {
    var paths: Set<String> = []
    if let entries = node.entries {
      for entry in entries {
        let path = prefix.isEmpty ? entry.key : prefix + "." + entry.key
        paths.insert(path)
        paths.formUnion(all(in: entry.value, under: path))
      }
    } else if node.numbers == nil, let elements = node.elements {
      for element in elements { paths.formUnion(all(in: element, under: prefix + "[]")) }
    }
    return paths
  }
}
