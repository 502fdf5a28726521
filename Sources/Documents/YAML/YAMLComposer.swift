/// Builds the tree of nodes from libyaml's events.
struct YAMLComposer {
  private let events: YAMLEvents
  private let bytes: UnsafeBufferPointer<UInt8>
  private let source: SourceFile
  private var problems = Diagnostics()
  private var anchors: [String: Anchor] = [:]
  private var aliasedNodes = 0

  private enum Anchor {
    /// Its collection is still being read: an alias to it now would contain itself.
    case open
    case closed(Part)
  }

  /// A node with what an alias to it costs.
  private struct Part {
    var node: Node
    var nodeCount = 1
    var depth = 0
  }

  init(events: YAMLEvents, bytes: UnsafeBufferPointer<UInt8>, source: SourceFile) {
    self.events = events
    self.bytes = bytes
    self.source = source
  }

  mutating func document() throws(Diagnostics) -> Node {
    var root: Part?
    var documents = 0
    reading: while true {
      let event = try next()
      switch event.kind {
      case .streamStart, .documentEnd: continue
      case .streamEnd: break reading
      case .documentStart:
        documents += 1
        if documents == 2 {
          report(
            "a second document begins here", event.place,
            help: "one file holds one document; move what follows '---' to a file of its own")
          break reading
        }
      default:
        root = try part(event, depth: 0)
        // A null that nobody wrote: a file of '---' and comments.
        if case .scalar("", isPlain: true) = event.kind, event.tag == nil, event.anchor == nil { root = nil }
      }
    }
    guard let root else {
      if problems.isEmpty {
        report(
          "the document is empty", Place(line: 1, column: 1), help: "expected keys and values, such as 'plan: NAME'")
      }
      throw problems
    }
    try problems.throwIfErrors()
    return root.node
  }

  // MARK: Nodes

  private mutating func part(_ event: YAMLEvent, depth: Int) throws(Diagnostics) -> Part {
    if depth > YAML.depthLimit {
      report("nested more than \(YAML.depthLimit) deep", event.place, help: "flatten the document")
      throw problems
    }
    var part: Part
    switch event.kind {
    case .alias(let name): return try alias(name, event.place, depth: depth)
    case .scalar(let text, let isPlain):
      part = Part(node: Node(scalar(text, isPlain, event), source, event.place))
    case .sequenceStart:
      checkTag(event, allowed: "tag:yaml.org,2002:seq")
      if let anchor = event.anchor { anchors[anchor] = .open }
      part = try sequence(event, depth: depth)
    default:
      checkTag(event, allowed: "tag:yaml.org,2002:map")
      if let anchor = event.anchor { anchors[anchor] = .open }
      part = try mapping(event, depth: depth)
    }
    if let anchor = event.anchor { anchors[anchor] = .closed(part) }
    return part
  }

  private mutating func sequence(_ start: YAMLEvent, depth: Int) throws(Diagnostics) -> Part {
    var nodes: [Node] = []
    var part = Part(node: Node(.null, source, start.place))
    while true {
      let event = try next()
      if case .sequenceEnd = event.kind { break }
      let element = try self.part(event, depth: depth + 1)
      part.nodeCount += element.nodeCount
      part.depth = max(part.depth, element.depth + 1)
      nodes.append(element.node)
    }
    part.node = Node(.sequence(nodes), source, start.place)
    return part
  }

  private mutating func mapping(_ start: YAMLEvent, depth: Int) throws(Diagnostics) -> Part {
    var builder = MappingBuilder()
    var merged: [(Node, Place)] = []
    var part = Part(node: Node(.null, source, start.place))
    while true {
      let event = try next()
      if case .mappingEnd = event.kind { break }
      let (key, isMerge) = try self.key(event, depth: depth + 1)
      let value = try self.part(try next(), depth: depth + 1)
      part.nodeCount += value.nodeCount + 1
      part.depth = max(part.depth, value.depth + 1)
      guard let key else { continue }
      if isMerge {
        merged.append((value.node, event.place))
      } else if let first = builder.position(of: key) {
        report(
          "the key '\(key)' comes twice", event.place,
          help: "the first is on line \(builder.entries[first].keyPlace.line); remove one of them")
      } else {
        builder.add(key, event.place, value.node)
      }
    }
    for (node, place) in merged { merge(node, place, into: &builder) }
    part.node = Node(.mapping(builder.build()), source, start.place)
    return part
  }

  /// The key that an event begins, or nil (and a diagnostic) where it is no scalar; and whether it is the merge key.
  private mutating func key(_ event: YAMLEvent, depth: Int) throws(Diagnostics) -> (String?, isMerge: Bool) {
    switch event.kind {
    case .scalar(let text, let isPlain):
      let part = try part(event, depth: depth)
      return (part.node.text ?? text, isPlain && text == "<<" && event.tag == nil)
    case .alias:
      if let text = try part(event, depth: depth).node.text { return (text, false) }
    default: _ = try part(event, depth: depth)
    }
    report("a key must be a scalar, not a list or a mapping", event.place, help: "write 'key: value'")
    return (nil, false)
  }

  /// The merge key (https://yaml.org/type/merge.html): keys that are there win, then earlier mappings over later ones.
  private mutating func merge(_ node: Node, _ place: Place, into builder: inout MappingBuilder) {
    switch node.storage {
    case .mapping(let mapping):
      for entry in mapping.entries where builder.position(of: entry.key) == nil {
        builder.add(entry.key, entry.keyPlace, entry.value)
      }
    case .sequence(let nodes) where nodes.allSatisfy({ if case .mapping = $0.storage { true } else { false } }):
      for node in nodes { merge(node, place, into: &builder) }
    default:
      report("'<<' merges a mapping or a list of mappings", place, help: "write '<<: *name' for a mapping '&name'")
    }
  }

  private mutating func alias(_ name: String, _ place: Place, depth: Int) throws(Diagnostics) -> Part {
    switch anchors[name] {
    case nil:
      let near = nearest(name, in: anchors.keys.sorted())
      report(
        "no anchor '&\(name)' stands before this alias", place,
        help: near.map { "did you mean '*\($0)'?" } ?? "mark a value with '&\(name)' first")
      return Part(node: Node(.null, source, place))
    case .open:
      report(
        "the alias '*\(name)' stands inside the value that it names", place,
        help: "a value cannot contain itself; write it out")
      return Part(node: Node(.null, source, place))
    case .closed(let part):
      aliasedNodes += part.nodeCount
      if aliasedNodes > YAML.aliasedNodeLimit {
        report(
          "aliases make this document more than \(YAML.aliasedNodeLimit) values long", place,
          help: "write fewer aliases of aliases")
        throw problems
      }
      if depth + part.depth > YAML.depthLimit {
        report("aliases nest this document more than \(YAML.depthLimit) deep", place, help: "flatten the document")
        throw problems
      }
      return part
    }
  }

  // MARK: Scalars

  private mutating func scalar(_ text: String, _ isPlain: Bool, _ event: YAMLEvent) -> Node.Storage {
    guard let tag = event.tag else { return isPlain ? YAMLScalar.resolve(text) : .string(text) }
    let prefix = "tag:yaml.org,2002:"
    switch tag {
    case "!", prefix + "str": return .string(text)
    case prefix + "int", prefix + "float", prefix + "bool", prefix + "null":
      let value = YAMLScalar.resolve(text)
      switch (value, tag.dropFirst(prefix.count)) {
      case (.number, "int"), (.number, "float"), (.bool, "bool"), (.null, "null"): return value
      default:
        report(
          "'\(text)' is not what its tag '!!\(tag.dropFirst(prefix.count))' says", event.place, help: "drop the tag")
        return value
      }
    default:
      checkTag(event, allowed: "")
      return .string(text)
    }
  }

  private mutating func checkTag(_ event: YAMLEvent, allowed: String) {
    guard let tag = event.tag, tag != allowed, tag != "!" else { return }
    let prefix = "tag:yaml.org,2002:"
    let written = tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    report("the tag '\(written)' is not known here", event.place, help: "remove it")
  }

  // MARK: Errors

  private mutating func next() throws(Diagnostics) -> YAMLEvent {
    do {
      return try events.next()
    } catch {
      problems.append(YAMLRemedy.diagnostic(error, bytes, source))
      throw problems
    }
  }

  private mutating func report(_ message: String, _ place: Place, help: String) {
    // A document that is wrong everywhere needs no more than this to be understood.
    guard problems.all.count < 100 else { return }
    problems.append(.error(message, at: place.location(in: source), help: help))
  }
}
