import Catalogs
import Documents
import Quantities

/// A plan file, read: one service, or several under `services:` with what they share above them.
///
/// A plan with `service:`, `traffic:` and the rest at its top is the short form of one with a single service.
public struct PlanDocument: Sendable {
  public let name: String
  /// Whether the services stand under `services:`.
  public let isOfSeveral: Bool
  /// What all services together may cost a month; nil where nobody says, and in a plan of one service, whose own it is.
  public let budget: Money?
  public let warnings: Diagnostics
  let all: [(name: String, spec: PlanSpec)]

  /// The services to plan.
  ///
  /// - Parameter wanted: the one that is meant; nil for all.
  /// - Throws: ``Diagnostics`` with the nearest name where there is no such service.
  public func services(named wanted: String?) throws(Diagnostics) -> [(name: String, spec: PlanSpec)] {
    guard let wanted else { return all }
    if let found = all.first(where: { $0.name == wanted }) { return [found] }
    let names = all.map(\.name)
    throw Diagnostics([
      .error(
        isOfSeveral
          ? "there is no service '\(wanted)'" + (nearest(wanted, in: names).map { "; did you mean '\($0)'?" } ?? "")
          : "the plan has one service, and it has no name",
        at: nil, path: "services",
        help: isOfSeveral ? "there are: \(names.joined(separator: ", "))" : "leave the service's name out")
    ])
  }
}

extension PlanFormat {
  /// Reads a plan file of one service or of several.
  ///
  /// - Throws: all diagnostics of all services, each with its place and remedy.
  public func parse(document bytes: [UInt8], file: String?) throws(Diagnostics) -> PlanDocument {
    let root = try YAML.parse(bytes, file: file)
    guard let services = root["services"] else {
      let spec = try read(root)
      return PlanDocument(
        name: spec.name, isOfSeveral: false, budget: nil, warnings: Diagnostics(), all: [(spec.name, spec)])
    }
    var found = schema.validate(root)
    var reader = NodeReader()
    let name = reader.string(root["plan"], "plan") ?? ""
    let budget: Money? = reader.positive(root["budget"], "budget", zero: .zero)
    if root["plan"] == nil {
      reader.fail("missing key 'plan': the plan's name", root, "plan", help: "add 'plan: shop'")
    }
    if services.entries?.isEmpty ?? true {
      reader.fail(
        "'services' holds no service", services, "services", help: "write services: { NAME: { traffic: ... } }")
    }
    // The total's budget is no service's own.
    let shared = root.filter { $0 != "services" && $0 != "budget" && $0 != "plan" }
    var all: [(String, PlanSpec)] = []
    for entry in services.entries ?? [] where entry.value.entries != nil {
      let whole = entry.value.adding(shared).adding("plan", text: entry.key, at: entry.keyLocation)
      var own = Schema.object(self.root).validate(whole, path: "")
      all.append((entry.key, read(whole, &own)))
      found.merge(own)
    }
    found.merge(reader.diagnostics)
    let told = found.unique()
    if told.hasErrors { throw told.sorted() }
    return PlanDocument(
      name: name, isOfSeveral: true, budget: budget,
      warnings: Diagnostics(told.all.filter { $0.severity != .error }), all: all)
  }
}

extension Diagnostics {
  /// Each diagnostic once: what services share is read by each of them.
  public func unique() -> Diagnostics {
    var seen: Set<Diagnostic> = []
    return Diagnostics(
      all.filter { one in
        var place = one
        // The same value at the same place under two services' paths is one fault, whatever else would stand there.
        place.path = nil
        place.help = nil
        return seen.insert(place).inserted
      })
  }
}
