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
  /// Everything that is wrong with the document itself, its warnings left out; empty where it is whole.
  public let faults: Diagnostics
  /// In which all amounts count.
  public let currency: Currency
  let all: [(name: String, spec: PlanSpec)]

  /// The services to plan.
  ///
  /// - Parameter wanted: the one that is meant; nil for all.
  /// - Throws: `Diagnostics` with the nearest name where there is no such service.
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
    let document = try read(document: bytes, file: file)
    if !document.faults.isEmpty {
      throw Diagnostics(document.faults.all + document.warnings.all).unique().sorted()
    }
    return document
  }

  /// The same with what is wrong kept in ``PlanDocument/faults``, so that the names and files of a plan can be looked at in
  /// the same run.
  ///
  /// - Throws: where the text is no YAML at all.
  public func read(document bytes: [UInt8], file: String?) throws(Diagnostics) -> PlanDocument {
    let root = try YAML.parse(bytes, file: file)
    func document(
      _ name: String, of several: Bool, _ budget: Money?, _ currency: Currency, _ found: Diagnostics,
      _ all: [(name: String, spec: PlanSpec)]
    ) -> PlanDocument {
      let told = found.unique().all
      return PlanDocument(
        name: name, isOfSeveral: several, budget: budget,
        warnings: Diagnostics(told.filter { $0.severity != .error }),
        faults: Diagnostics(told.filter { $0.severity == .error }), currency: currency, all: all)
    }
    guard let services = root["services"] else {
      var found = Schema.object(self.root).validate(root, path: "")
      let spec = read(root, &found)
      return document(spec.name, of: false, nil, spec.currency, found, [(spec.name, spec)])
    }
    var found = schema.validate(root)
    var reader = NodeReader()
    let name = reader.string(root["plan"], "plan") ?? ""
    let currency = reader.currency(root["currency"], "currency") ?? .dollars
    let budget: Money? = currency.shown { reader.positive(root["budget"], "budget", zero: .zero) }
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
      let spec = read(whole, &own)
      if spec.currency != currency {
        reader.fail(
          "'\(entry.key)' counts in \(spec.currency.title), and the plan in \(currency.title)",
          entry.value["currency"] ?? entry.value, "services.\(entry.key).currency",
          help: "say the currency once, at the top of the plan")
      }
      all.append((entry.key, spec))
      found.merge(own)
    }
    found.merge(reader.diagnostics)
    return document(name, of: true, budget, currency, found, all)
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

extension Diagnostics {
  /// Whether a later finding is only a consequence of one of these: it is about the same value, or about what holds it.
  func explain(_ later: Diagnostic) -> Bool {
    guard later.severity == .error else { return false }
    return all.contains { fault in
      guard fault.severity == .error else { return false }
      if fault == later || fault.message == later.message && fault.location == later.location { return true }
      guard let cause = fault.path, let path = later.path, !cause.isEmpty, !path.isEmpty else { return false }
      return cause == path || cause.hasPrefix(path + ".") || cause.hasPrefix(path + "[") || path.hasPrefix(cause + ".")
        || path.hasPrefix(cause + "[")
    }
  }
}
