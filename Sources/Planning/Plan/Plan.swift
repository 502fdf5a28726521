import Catalogs
import Documents
import Quantities

/// A plan whose every name is resolved and every value checked: only this reaches the engines.
public struct Plan: Sendable {
  public var name: String
  /// Where each value stands in the file.
  public var places: [String: SourceLocation]
  private var values = SliceValues()

  init(name: String, places: [String: SourceLocation]) {
    self.name = name
    self.places = places
  }

  subscript<Slice: PlanSlice>(slice: Slice.Type) -> Slice.Settings {
    get { values.value(of: slice) }
    set { values.set(newValue, of: slice) }
  }

  /// Whether a slice is resolved already; a plan that is whole has all of them.
  func has(_ slice: any PlanSlice.Type) -> Bool { values.has(slice) }

  /// The origin of a value that the plan file may hold: the place of its key, or of the first key below it.
  func origin(_ path: String, otherwise: Derivation.Origin) -> Derivation.Origin {
    if let place = places[path] { return .input(place: "\(place)") }
    let below = places.filter { $0.key.hasPrefix(path + ".") }.map(\.value)
    return below.min { ($0.line, $0.column) < ($1.line, $1.column) }.map { .input(place: "\($0)") } ?? otherwise
  }
}

/// What resolving a plan has at hand, and what it has found so far.
struct PlanResolver {
  let spec: PlanSpec
  /// Machines with the plan's own prices, those in another currency left out.
  var catalog: Catalog
  /// The same with all prices, for saying what is left out.
  let known: Catalog
  /// The rules of a time zone by name, or nil where there is none such.
  let zone: (String) -> TimeZoneRules?
  /// The bytes of a file beside the plan.
  let files: (String) throws(Diagnostics) -> [UInt8]
  /// What the slices before this one came to.
  var plan: Plan
  var reader = NodeReader()

  /// Notes what is wrong with a value by the place that reading has remembered.
  mutating func fail(_ message: String, _ path: String, at location: SourceLocation? = nil, help: String) {
    reader.merge(Diagnostics([.error(message, at: location ?? spec.places[path], path: path, help: help)]))
  }
  mutating func warn(_ message: String, _ path: String, at location: SourceLocation? = nil, help: String) {
    reader.merge(Diagnostics([.warning(message, at: location ?? spec.places[path], path: path, help: help)]))
  }
}

extension Plan {
  /// Resolves every name of a specification: machines and prices against the catalog, events against theirs, the zone
  /// through `zone`, files beside the plan through `files`. All faults are collected.
  ///
  /// - Parameters:
  ///   - catalog: machines and prices.
  ///   - zone: gives the rules of a time zone by name, or nil where there is none such (reading files is the caller's
  ///     business).
  ///   - files: gives the bytes of a file beside the plan, for the manifests, calendars and measurements that it names.
  /// - Returns: the plan and the warnings on the way.
  public static func resolve(
    _ spec: PlanSpec, catalog: Catalog, zone: @escaping (String) -> TimeZoneRules?,
    files: @escaping (String) throws(Diagnostics) -> [UInt8] = { (path) throws(Diagnostics) in
      throw Diagnostics([.error("'\(path)' cannot be read here", at: nil, help: "write what it says into the plan")])
    }
  ) throws(Diagnostics) -> (plan: Plan, warnings: Diagnostics) {
    let (plan, found) = resolving(spec, after: Diagnostics(), catalog: catalog, zone: zone, files: files)
    guard let plan else { throw found.sorted() }
    return (plan, found)
  }

  /// The same for a specification that is not whole: what its names and files have to say beside what is wrong already.
  ///
  /// - Parameter faults: what reading has found. What is only a consequence of one of them is not told again.
  /// - Returns: the plan where nothing is wrong, and everything new that was found.
  public static func resolving(
    _ spec: PlanSpec, after faults: Diagnostics, catalog: Catalog, zone: @escaping (String) -> TimeZoneRules?,
    files: @escaping (String) throws(Diagnostics) -> [UInt8]
  ) -> (plan: Plan?, found: Diagnostics) {
    spec.currency.shown {
      var resolver = PlanResolver(
        spec: spec, catalog: catalog.counting(in: spec.currency), known: catalog, zone: zone, files: files,
        plan: Plan(name: spec.name, places: spec.places))
      var isWhole = true
      for slice in PlanSlices.all where !resolve(slice, &resolver) { isWhole = false }
      var found = spec.warnings
      found.merge(Diagnostics(resolver.reader.diagnostics.all.filter { !faults.explain($0) }))
      let isSound = !faults.hasErrors && !found.hasErrors
      if isSound, !isWhole {
        // A slice that gives up says why; whatever it forgot to say must not end in silence.
        found.append(
          .error(
            "the plan cannot be answered as it is written", at: spec.places["plan"],
            help: "this is a fault of headroom: please report the plan file"))
      }
      return (isSound && isWhole ? resolver.plan : nil, found)
    }
  }

  private static func resolve<Slice: PlanSlice>(_ slice: Slice.Type, _ resolver: inout PlanResolver) -> Bool {
    guard let settings = slice.resolve(&resolver) else { return false }
    resolver.plan[slice] = settings
    return true
  }
}
