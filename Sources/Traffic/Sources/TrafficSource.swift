import Catalogs
import Documents
import Quantities

/// One way to get at demand, as a plan names it: a file, a server. Reading it from the plan is pure; ``trace(_:_:)`` has the
/// effects.
public protocol TrafficSource: Sendable {
  /// What it is, in a few words: `"traffic.csv"`.
  var title: String { get }
  /// Whether a server is asked, over a network.
  var isRemote: Bool { get }
  /// Loads the demand.
  /// - Throws: the error of whoever reads: a document's, a server's.
  func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace
}

extension TrafficSource {
  public var isRemote: Bool { false }
}

/// What a source may reach: a plan file must not choose which files, servers and variables of a machine are read.
public protocol SourceAccess: Sendable {
  /// Where a file lies that the plan names: relative to the plan.
  /// - Throws: where the plan may not read it.
  func file(_ name: String) throws -> String
  /// Whether a server may be asked, by its address.
  /// - Throws: where the plan may not ask it.
  func admit(_ server: String) throws
  /// The value of a variable of the environment.
  /// - Throws: where the plan may not read it, or it is not set.
  func variable(_ name: String) throws -> String
}

/// Where a source is loaded.
public struct SourceSetting: Sendable {
  /// What it may reach.
  public var access: any SourceAccess
  /// The moment until which a server is asked.
  public var now: Timestamp
  /// Is told how much is done, from 0 to 1, where loading takes its time.
  public var progress: @Sendable (Double) -> Void

  public init(
    access: any SourceAccess, now: Timestamp,
    progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) {
    self.access = access
    self.now = now
    self.progress = progress
  }
}

/// What a person needs to know of a source to choose and to write it, and how it is read: the key under `traffic.source` that
/// chooses it, one sentence, its keys, an example. The plan file's schema, the reference and the tests are made from it.
public struct SourceDescriptor: Sendable {
  /// The key that chooses it: `"csv"`.
  public let name: String
  /// One sentence: what it reads, and when to choose it.
  public let summary: String
  /// The keys that it takes, its own name's first.
  public let fields: [Field]
  /// A complete `traffic:` block in YAML.
  public let example: String
  /// Reads it from what stands under `traffic.source`; nil where something is wrong, which the reader then holds.
  public let read: @Sendable (Node, String, inout NodeReader) -> (any TrafficSource)?

  public init(
    name: String, summary: String, fields: [Field], example: String,
    read: @escaping @Sendable (Node, String, inout NodeReader) -> (any TrafficSource)?
  ) {
    precondition(fields.first?.name == name, "a source's first key is the one that chooses it")
    self.name = name
    self.summary = summary
    self.fields = fields
    self.example = example
    self.read = read
  }

  /// The source that a `traffic.source` mapping names: exactly one of those known.
  public static func source(
    of node: Node, _ path: String, among known: [SourceDescriptor], _ reader: inout NodeReader
  ) -> (any TrafficSource)? {
    guard node.entries != nil else { return nil }
    let given = known.filter { node[$0.name] != nil }
    let names = known.map(\.name)
    guard given.count == 1, let chosen = given.first else {
      reader.fail(
        given.isEmpty
          ? "the source names no data" : "the source names \(given.map(\.name).joined(separator: " and "))", node, path,
        help: "write exactly one of \(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")")
      return nil
    }
    let own = Set(chosen.fields.map(\.name))
    var isClean = true
    for entry in node.entries ?? [] where !own.contains(entry.key) {
      // Keys that no source has are the schema's to tell.
      guard known.contains(where: { $0.fields.contains { $0.name == entry.key } }) else { continue }
      reader.fail(
        "'\(entry.key)' does not belong to a \(chosen.name) source", entry.value, "\(path).\(entry.key)",
        help: "take it out")
      isClean = false
    }
    return isClean ? chosen.read(node, path, &reader) : nil
  }
}
