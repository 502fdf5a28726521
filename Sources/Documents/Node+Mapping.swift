/// Mappings made of mappings; every value keeps its own place.
extension Node {
  /// The mapping with those of its entries whose key is kept; any other value as it is.
  public func filter(_ isKept: (String) -> Bool) -> Node {
    guard case .mapping(let mapping) = storage else { return self }
    return Self.mapping(mapping.entries.filter { isKept($0.key) }, like: self)
  }

  /// The mapping with another's entries behind its own, where it has none of that key: what stands nearer counts first.
  public func adding(_ others: Node) -> Node {
    guard case .mapping(let own) = storage, case .mapping(let other) = others.storage else { return self }
    return Self.mapping(own.entries + other.entries.filter { own.position(of: $0.key) == nil }, like: self)
  }

  /// The mapping with one more entry in front, whose value is text.
  public func adding(_ key: String, text: String, at location: SourceLocation) -> Node {
    guard case .mapping(let own) = storage else { return self }
    let place = Place(line: location.line, column: location.column)
    let entry = Mapping.Entry(key: key, keyPlace: place, value: Node(.string(text), source, place))
    return Self.mapping([entry] + own.entries.filter { $0.key != key }, like: self)
  }

  private static func mapping(_ entries: [Mapping.Entry], like node: Node) -> Node {
    var builder = MappingBuilder()
    for entry in entries { builder.add(entry.key, entry.keyPlace, entry.value) }
    return Node(.mapping(builder.build()), node.source, node.place)
  }
}
