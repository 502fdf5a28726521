import Catalogs
import Documents
import Quantities

/// What a person needs to know of a service model to choose and to write it, and how it is read: the keys it takes under
/// `service:` in a plan, an example, and the function that makes the model. The plan file's schema, its reference page and
/// the tests are made from it.
public struct ServiceModelDescriptor: Sendable {
  /// Its name: `"queueing"`.
  public let name: String
  /// One sentence: what it knows and when to choose it.
  public let summary: String
  /// The key whose presence chooses it, one of its ``fields``.
  public let key: String
  /// The keys that it takes. Models may share keys; a plan that writes keys of two models says one thing twice.
  public let fields: [Field]
  /// A complete `service:` block in YAML.
  public let example: String
  /// Makes the model of a `service:` mapping; nil where a value is wrong (the reader then holds why), or where a file that
  /// it names is not read yet.
  let read: @Sendable (Node, String, inout ServiceModelReader) -> ServiceEstimate?

  init(
    name: String, summary: String, key: String, fields: [Field], example: String,
    read: @escaping @Sendable (Node, String, inout ServiceModelReader) -> ServiceEstimate?
  ) {
    precondition(fields.contains { $0.name == key }, "a model is chosen by one of its own keys")
    self.name = name
    self.summary = summary
    self.key = key
    self.fields = fields
    self.example = example
    self.read = read
  }
}

/// The service models, in the order in which the reference shows them. A new model is one file under `Models` and one line
/// here.
public enum ServiceModelList {
  public static let all: [ServiceModelDescriptor] = [
    FixedCapacity.descriptor,
    MeasuredCapacityModel.descriptor,
    ErlangC.descriptor,
    LLMModel.descriptor,
    BatchServer.descriptor,
    MeasuredCurve.descriptor,
  ]

  /// A replica that takes so many requests at a time, each for a time that varies, with a line before it.
  /// - Throws: where a parameter is out of range.
  public static func queue(
    concurrency: Int, serviceTime: Duration, serviceVariability: Double, balancing: Balancing
  ) throws(ServingError) -> any ServiceModel {
    try ErlangC(
      concurrency: concurrency, serviceTime: serviceTime, serviceVariability: serviceVariability, balancing: balancing)
  }

  /// A model by its name.
  public static func named(_ name: String) -> ServiceModelDescriptor? { all.first { $0.name == name } }

  /// Every key of every model, each once.
  public static var fields: [Field] {
    var seen: Set<String> = []
    return all.flatMap(\.fields).filter { seen.insert($0.name).inserted }
  }

  /// The model that a `service:` mapping means: of those whose key is written, the one that takes all keys of models that
  /// are written. Keys that no one model takes together contradict each other.
  /// - Returns: nil with a diagnostic where no model, or more than one, is meant.
  public static func chosen(
    _ node: Node, _ path: String, named: String?, _ reader: inout NodeReader
  ) -> ServiceModelDescriptor? {
    let known = Set(fields.map(\.name))
    let keys = (node.entries ?? []).filter { known.contains($0.key) }
    let empty = keys.filter(\.value.isNull)
    for entry in empty {
      let example = fields.first { $0.name == entry.key }?.example
      reader.fail(
        "'\(entry.key)' has no value", entry.value, "\(path).\(entry.key)",
        help: example.map { "write \(entry.key): \($0), or take the key out" } ?? "take the key out")
    }
    guard empty.isEmpty else { return nil }
    let written = keys.map(\.key)
    func takes(_ model: ServiceModelDescriptor) -> Bool {
      written.allSatisfy { key in model.fields.contains { $0.name == key } }
    }
    if let named, let model = Self.named(named) {
      let foreign = written.filter { key in !model.fields.contains { $0.name == key } }
      for key in foreign {
        reader.fail(
          "'\(key)' does not belong to the model '\(named)'", node[key], "\(path).\(key)",
          help: "take it out; \(named) takes \(model.fields.map(\.name).joined(separator: ", "))")
      }
      guard written.contains(model.key) else {
        reader.fail(
          "the model '\(named)' needs '\(model.key)'", node, path,
          help: "add \(model.key): \(model.fields.first { $0.name == model.key }?.example ?? "...")")
        return nil
      }
      return foreign.isEmpty ? model : nil
    }
    let candidates = all.filter { written.contains($0.key) }
    if let model = candidates.first(where: takes) { return model }
    guard let first = candidates.first else {
      reader.fail(
        "nothing says what one replica can do", node, path,
        help: "add "
          + all.map { model in "\(model.key): \(model.fields.first { $0.name == model.key }?.example ?? "...")" }
          .joined(separator: ", or ")
          + (written.isEmpty ? "" : "; '\(written[0])' alone does not"))
      return nil
    }
    let foreign = written.first { key in !first.fields.contains { $0.name == key } } ?? written[0]
    reader.fail(
      "both '\(first.key)' and '\(foreign)' say what one replica can do", node[foreign], "\(path).\(foreign)",
      help:
        "keep one: \(all.filter { candidates.map(\.name).contains($0.name) || $0.fields.contains { $0.name == foreign } }.map { "\($0.name) takes \($0.fields.map(\.name).joined(separator: ", "))" }.joined(separator: "; "))"
    )
    return nil
  }

  /// Reads the model of a `service:` mapping.
  public static func read(_ node: Node, _ path: String, _ reader: inout ServiceModelReader) -> ServiceEstimate? {
    guard let model = chosen(node, path, named: node["model"]?.text, &reader.values) else { return nil }
    return model.read(node, path, &reader)
  }
}

/// Reads service models out of a document's nodes.
public struct ServiceModelReader {
  public var values = NodeReader()
  public var balancing: Balancing
  /// Where the names of models, accelerators and engines are found.
  public var catalog = Catalog.builtIn
  public var models: [String: ModelArchitecture] = [:]
  public var engines = EngineCatalog.builtIn
  /// The capacity that load tests measured, by the files that hold their results; nil while files are not to be read, and
  /// then a model that names some reads as nil.
  public var measurement: (([String]) throws(Diagnostics) -> Estimate<RequestRate>)?
  /// The bytes of a file that a model names; nil while files are not to be read, as above.
  public var files: ((String) throws(Diagnostics) -> [UInt8])?

  public init(
    balancing: Balancing = .usual,
    measurement: (([String]) throws(Diagnostics) -> Estimate<RequestRate>)? = nil
  ) {
    self.balancing = balancing
    self.measurement = measurement
  }

  /// Makes a model; what it refuses is told at the node.
  mutating func make<Model>(_ node: Node, _ path: String, _ model: () throws(ServingError) -> Model) -> Model? {
    do throws(ServingError) {
      return try model()
    } catch {
      values.fail("\(error)", node, path, help: "write values that a replica can have")
      return nil
    }
  }
}
