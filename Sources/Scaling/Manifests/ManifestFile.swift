import Documents

/// The Kubernetes objects of one YAML file, which may hold several documents and lists.
public struct ManifestFile {
  /// The objects in the order written.
  let objects: [Node]

  /// The objects of a file in the order written: documents, and the items of Lists. Empty documents are none.
  public static func nodes(_ bytes: [UInt8], file: String?) throws(Diagnostics) -> [Node] {
    try ManifestFile(bytes, file: file).objects
  }

  /// Reads all documents of a file; places count lines of the whole file.
  init(_ bytes: [UInt8], file: String?) throws(Diagnostics) {
    var problems = Diagnostics()
    var objects: [Node] = []
    for part in Self.documents(bytes) {
      if let line = Self.templateLine(part) {
        throw Diagnostics([
          .error(
            "this is a Helm template, not a manifest: it holds {{ ... }}",
            at: SourceLocation(file: file, line: line, column: 1),
            help: "render it first: helm template CHART > rendered.yaml")
        ])
      }
      do {
        let node = try YAML.parse(part, file: file)
        if let items = node["items"]?.elements, node["kind"]?.string?.hasSuffix("List") ?? false {
          objects.append(contentsOf: items)
        } else if node.isNull {
          continue
        } else {
          objects.append(node)
        }
      } catch {
        problems.merge(error)
      }
    }
    try problems.throwIfErrors()
    self.objects = objects
  }

  /// The one object of a kind, by name where there are several.
  /// - Parameter version: how the API version begins where the kind alone does not tell: Kubernetes' own Service beside
  ///   Knative's. Where no object has it, the kind decides, so that a wrong version is told.
  func object(
    kind: String, name: String?, file: String?, remedy: String, version: String = ""
  ) throws(Diagnostics) -> Node {
    let ofKind = objects.filter { $0["kind"]?.text == kind }
    let ofVersion = ofKind.filter { $0["apiVersion"]?.text?.hasPrefix(version) ?? false }
    let matching = ofVersion.isEmpty ? ofKind : ofVersion
    let place = SourceLocation(file: file, line: 1, column: 1)
    func names(_ nodes: [Node]) -> String {
      nodes.map { $0["metadata"]?["name"]?.text ?? "without a name" }.joined(separator: ", ")
    }
    if let name {
      if let node = matching.first(where: { $0["metadata"]?["name"]?.text == name }) { return node }
      throw Diagnostics([
        .error(
          "no \(kind) is named '\(name)'", at: place,
          help: matching.isEmpty ? remedy : "there is: \(names(matching))")
      ])
    }
    if matching.count == 1 { return matching[0] }
    if matching.count > 1 {
      throw Diagnostics([
        .error(
          "the file holds \(matching.count) objects of kind \(kind): \(names(matching))",
          at: matching[1].location, help: "name the one that is meant")
      ])
    }
    let kinds = objects.compactMap { $0["kind"]?.text }
    let what = kinds.isEmpty ? "no 'kind'" : "kind " + kinds.joined(separator: ", ")
    let near = kinds.compactMap { nearest($0, in: [kind]) }.first
    throw Diagnostics([
      .error(
        "no \(kind) in this file (\(what))", at: objects.first?["kind"]?.location ?? place,
        help: near.map { "did you mean 'kind: \($0)'?" } ?? remedy)
    ])
  }

  /// The first line with a template's action outside quotes and comments: `{{ .Values.x }}`, `{{- if ... }}`. PromQL in
  /// quotes, Go templates of Alertmanager among them, is text.
  private static func templateLine(_ bytes: [UInt8]) -> Int? {
    var line = 1
    var isCounted = false
    var quote: UInt8?
    for i in bytes.indices {
      let byte = bytes[i]
      if byte == 10 {
        line += 1
        quote = nil
        isCounted = false
      } else if let open = quote {
        if byte == open { quote = nil }
      } else if byte == 34 || byte == 39 {
        quote = byte
      } else if byte == 35, !isCounted || bytes[i - 1] == 32 {
        quote = 10
      } else if byte == 123, i + 2 < bytes.count, bytes[i + 1] == 123 {
        let rest = bytes[(i + 2)...].prefix { $0 != 10 && $0 != 125 }
        let first = rest.first { $0 != 32 && $0 != 45 }
        // A mapping as a key of a mapping is legal YAML and means nothing to Kubernetes.
        if first == 46 || first == 36 || (first.map { (97...122).contains($0) } ?? false) { return line }
      }
      if byte > 32 { isCounted = true }
    }
    return nil
  }

  /// The texts between lines of `---`, each behind as many empty lines as stand before it in the file, so that places
  /// stay true.
  static func documents(_ bytes: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var part: [UInt8] = []
    var lines = 0
    var hasContent = false
    var inside = false
    var start = 0
    func line(_ range: Range<Int>) {
      let text = bytes[range]
      let isMark =
        text.starts(with: [45, 45, 45]) && (text.count == 3 || [32, 10, 13, 9].contains(text[text.startIndex + 3]))
      if isMark {
        if hasContent { parts.append(part) }
        part = Array(repeating: 10, count: lines)
        hasContent = false
        inside = true
        // What stands behind the mark on its line is content, kept in its column.
        part.append(contentsOf: [32, 32, 32] + text.dropFirst(3))
        hasContent = text.dropFirst(3).contains { $0 > 32 && $0 != 35 }
      } else if text.starts(with: [46, 46, 46]), text.allSatisfy({ $0 <= 46 }) {
        part.append(10)
      } else {
        // Directives such as %YAML belong before a mark and to no document.
        if !inside, text.first == 37 { part.append(10) } else { part.append(contentsOf: text) }
        if let first = text.first(where: { $0 > 32 }), first != 35 { hasContent = hasContent || inside || first != 37 }
      }
      lines += 1
    }
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
      line(start..<end)
      start = end
    }
    if hasContent { parts.append(part) }
    return parts.isEmpty ? [bytes] : parts
  }
}
