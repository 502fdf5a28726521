import Catalogs
import Documents
import Quantities

/// Reads policies out of a plan's nodes. The shape (which keys there are, and whether a value is a number or a list)
/// is checked by the schema of ``PolicyDescriptor``; here values are read, and what is wrong with them is collected.
public struct PolicyReader {
  /// Fields of manifests, by the rules of their API.
  var fields = FieldReader()
  /// Values of the plan itself.
  var values = NodeReader()
  /// The bytes of a file beside the plan; nil while files are not to be read, and then what they hold reads as nil.
  let files: ((String) throws(Diagnostics) -> [UInt8])?
  /// The rules of a time zone by name. UTC is always known.
  let zones: ((String) -> TimeZoneRules?)?
  /// Files that were asked for, so that a reader can tell "missing" from "not read yet".
  private(set) var manifests: [String] = []

  public init(
    files: ((String) throws(Diagnostics) -> [UInt8])? = nil, zones: ((String) -> TimeZoneRules?)? = nil
  ) {
    self.files = files
    self.zones = zones
  }

  public var problems: Diagnostics {
    var all = fields.problems
    all.merge(values.diagnostics)
    return all
  }

  /// The one policy of a `scaling:` mapping, nil where there is none or it cannot be read (yet).
  public mutating func policy(
    of node: Node, _ path: String, among known: [PolicyDescriptor] = PolicyList.all
  ) -> (any PolicyRecipe)? {
    let given = known.filter { node[$0.name].map { !$0.isNull } ?? false }
    if given.count > 1 {
      fail(
        "several policies are given: \(given.map(\.name).joined(separator: ", "))", node, path,
        help: "keep one of them, or write composite: [...] for the largest of several")
    }
    guard let first = given.first, let value = node[first.name] else { return nil }
    return first.read(value, "\(path).\(first.name)", &self)
  }

  mutating func fail(_ message: String, _ node: Node?, _ path: String, help: String) {
    values.fail(message, node, path, help: help)
  }

  // MARK: Values, by the one reader of nodes

  mutating func quantity<Q: QuantityText>(_ node: Node?, _ path: String, as type: Q.Type = Q.self) -> Q? {
    values.quantity(node, path)
  }
  mutating func share(_ node: Node?, _ path: String, _ range: ClosedRange<Double>, help: String) -> Double? {
    values.share(node, path, range, help: help)
  }
  /// A span of time within bounds; `shortest` is what the remedy names.
  mutating func span(_ node: Node?, _ path: String, atLeast shortest: Duration = .zero) -> Duration? {
    values.span(node, path, atLeast: shortest)
  }
  mutating func rate(_ node: Node?, _ path: String) -> RequestRate? { values.replicaRate(node, path) }
  mutating func count(_ node: Node?, _ path: String, _ range: ClosedRange<Int>) -> Int? {
    values.count(node, path, range)
  }
  mutating func number(_ node: Node?, _ path: String, above bound: Double = 0) -> Double? {
    values.number(node, path, above: bound)
  }

  mutating func cron(_ node: Node?, _ path: String) -> CronSchedule? {
    guard let node, let text = node.text else { return nil }
    if let schedule = CronSchedule(text) { return schedule }
    fail(
      "'\(FieldReader.last(path))' is not a cron time: \"\(text)\"", node, path,
      help: "write five fields: minute, hour, day, month, weekday, such as 0 7 * * 1-5")
    return nil
  }

  mutating func zone(_ node: Node?, _ path: String) -> TimeZoneRules? {
    guard let node, let name = node.text else { return .utc }
    if ["UTC", "Z", "Etc/UTC"].contains(name) { return .utc }
    guard let zones else { return .utc }
    if let rules = zones(name) { return rules }
    fail(
      "'\(name)' is not a time zone", node, path, help: "write a name of the tz database, as Europe/Berlin, or UTC")
    return nil
  }

  /// Which signal each metric reads, as the user maps them.
  mutating func signals(_ node: Node?, _ path: String) -> [String: SignalMapping] {
    var signals: [String: SignalMapping] = [:]
    for (key, _, value) in node?.entries ?? [] {
      guard let written = (value["of"] ?? value).text,
        // The plan's own words have spaces, names of metrics have underscores.
        let signal = Signal(rawValue: String(written.map { $0 == " " ? "_" : $0 }))
      else { continue }
      let here = "\(path).\(key)"
      signals[key] = SignalMapping(
        signal, base: amount(value["base"], "\(here).base") ?? 0, each: amount(value["each"], "\(here).each"))
    }
    return signals
  }

  /// A part of a metric: a share of the pods' request, a size, or a number, none of them negative.
  private mutating func amount(_ node: Node?, _ path: String) -> Double? {
    guard let node, let text = node.text else { return nil }
    let value: Double?
    if text.hasSuffix("%") {
      value = Double(text.dropLast().filter { $0 != " " }).map { $0 / 100 }
    } else {
      // 2Gi, 500m and 0.4 as Kubernetes writes them.
      value = Double(text) ?? KubernetesQuantity(text).map { Double($0.milli) / 1000 }
    }
    if let value, value.isFinite, value >= 0, value <= 1e15 { return value }
    fail(
      "'\(FieldReader.last(path))' is neither a share, a size nor a number: \"\(text)\"", node, path,
      help: "write 40% of the request, 2Gi, or 0.4")
    return nil
  }

  // MARK: Manifests

  /// The path and the chosen object of `hpa: hpa.yaml` or `hpa: { manifest: hpa.yaml, name: shop }`; nil for an inline
  /// policy.
  func manifest(_ node: Node) -> (path: String, name: String?, place: Node)? {
    if let path = node.string { return (path, nil, node) }
    guard let file = node["manifest"], let path = file.text else { return nil }
    return (path, node["name"]?.text, file)
  }

  /// Reads a manifest's file and what it says; nil while files are not read, or where it is wrong.
  mutating func load<Manifest>(
    _ path: String, _ node: Node, _ read: ([UInt8]) throws(Diagnostics) -> Manifest
  ) -> Manifest? {
    guard let files else { return nil }
    do throws(Diagnostics) {
      let bytes: [UInt8]
      do throws(Diagnostics) {
        bytes = try files(path)
      } catch {
        // A file that is not there is a fault of the line that names it.
        for one in error.all {
          fields.error(one.message, at: one.location == nil ? node : nil, path: "scaling", help: one.help)
        }
        return nil
      }
      return try read(bytes)
    } catch {
      for one in error.all { fields.add(one) }
      return nil
    }
  }

  /// Says that neither a manifest nor an inline form is there, or both.
  mutating func needsOne(of manifest: Bool, _ inline: Bool, _ node: Node, _ path: String, key: String) -> Bool {
    if manifest != inline { return true }
    let name = FieldReader.last(path)
    fail(
      manifest ? "both a manifest and '\(key)' are given" : "'\(name)' names no manifest and has no '\(key)'", node,
      path,
      help: "write \(name): \(name).yaml, or \(name): { \(key): ... }")
    return false
  }

  mutating func merge(_ diagnostics: Diagnostics) { for one in diagnostics.all { fields.add(one) } }
}

/// Pieces of the schemas of policies; units are those of every document.
enum PolicySchema {
  static let share = UnitSchema.share
  static let span = UnitSchema.span
  static let rate = UnitSchema.replicaRate
  static let cron = Schema.string
  static let signal = Schema.choice(
    Signal.allCases.map { $0.rawValue.split(separator: "_").joined(separator: " ") } + [
      "request_rate", "queue_depth", "p99_latency",
    ])
  static let signals = Field(
    "signals",
    "which signal a metric reads, where its name does not tell; or what each replica shows at rest and for each unit of a signal, as memory does",
    .map(.any(of: [signal, .object(mapping)], description: "a signal, or { of, base, each }")),
    example: "{ orders_waiting: queue depth }")
  static let mapping = ObjectSchema(
    title: "signal of a metric", summary: "base + each x (signal on one replica), in the metric's own unit.",
    fields: [
      Field("of", "the signal", signal, required: true, example: "concurrency"),
      Field(
        "base", "what a replica shows without load", .quantity("share, size or number", examples: ["40%", "2Gi"]),
        default: "0"),
      Field(
        "each", "what one unit of the signal on a replica adds; of utilization, what a saturated replica shows",
        .quantity("share, size or number", examples: ["2%", "20Mi", "200%"]), example: "2%"),
    ])
  static func manifest(_ kind: String, _ file: String) -> Field {
    Field("manifest", "a file with the \(kind), beside the plan file", .string, example: file)
  }
  static let objectName = Field("name", "which one, where the file holds several", .string, example: "shop")

  /// A manifest's path, or a mapping.
  static func pathOr(_ title: String, _ summary: String, _ fields: [Field]) -> Schema {
    .any(
      of: [.string, .object(ObjectSchema(title: title, summary: summary, fields: fields))],
      description: "the path of a manifest, or a mapping, see below")
  }
}
