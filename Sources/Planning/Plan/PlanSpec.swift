import Catalogs
import Documents

/// What the user wrote in a plan file about one service: every value read and checked on its own, names not yet resolved.
public struct PlanSpec: Sendable {
  public var name = ""
  /// Where each value stands, by path (`"service.capacity"`).
  public var places: [String: SourceLocation] = [:]
  /// What is odd and stops nothing.
  public internal(set) var warnings = Diagnostics()
  private var values = SliceValues()

  subscript<Slice: PlanSlice>(slice: Slice.Type) -> Slice.Spec {
    get { values.value(of: slice) }
    set { values.set(newValue, of: slice) }
  }

  /// The place of a value as `plan.yaml:14:9`; nil where it was not written.
  public func place(_ path: String) -> String? { places[path].map { "\($0)" } }
}

extension PlanFormat {
  /// Reads the plan of one service. Every fault is collected; none stops the reading.
  ///
  /// - Throws: all diagnostics, each with its place and remedy.
  public func parse(yaml bytes: [UInt8], file: String?) throws(Diagnostics) -> PlanSpec {
    try read(try YAML.parse(bytes, file: file))
  }

  /// Reads a plan from a document's root node.
  public func read(_ node: Node) throws(Diagnostics) -> PlanSpec {
    var found = Schema.object(root).validate(node, path: "")
    let spec = read(node, &found)
    if found.hasErrors { throw found.sorted() }
    return spec
  }

  /// The same without the shape's own faults, which the caller has looked for.
  func read(_ node: Node, _ found: inout Diagnostics) -> PlanSpec {
    var reader = NodeReader()
    var spec = PlanSpec()
    spec.name = reader.string(node["plan"], "plan") ?? ""
    // Said once, for every amount of the plan.
    let currency = reader.currency(node["currency"], "currency") ?? .dollars
    currency.shown { for slice in PlanSlices.all { Self.read(slice, node, self, &reader, into: &spec) } }
    spec.places = reader.places
    found.merge(reader.diagnostics)
    spec.warnings = Diagnostics(found.all.filter { $0.severity != .error })
    return spec
  }

  private static func read<Slice: PlanSlice>(
    _ slice: Slice.Type, _ node: Node, _ format: PlanFormat, _ reader: inout NodeReader, into spec: inout PlanSpec
  ) {
    spec[slice] = slice.read(node, format, &reader)
  }
}
