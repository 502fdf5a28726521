import CCatalogData
import Documents
import Quantities

/// Machines, accelerators, model architectures and prices by name: what comes with the program, and what users add.
public struct Catalog: Sendable {
  public private(set) var machines: [Machine] = []
  public private(set) var accelerators: [Accelerator] = []
  public private(set) var models: [ModelArchitecture] = []
  private var machineIndex: [String: Int] = [:]
  private var acceleratorIndex: [String: Int] = [:]
  /// Models by the letters of their names and aliases.
  private(set) var modelIndex: [String: Int] = [:]
  /// The words of accelerators' names and aliases.
  private(set) var acceleratorNames: [(words: [String], accelerator: Accelerator)] = []

  /// A catalog of nothing.
  public init() {}

  /// The catalog that comes with the program; read once, at its first use.
  public static let builtIn: Catalog = {
    do {
      // Whoever asks first may count in another currency: the catalog's own prices are dollars.
      return try Currency.dollars.shown {
        var catalog = Catalog()
        // A test holds them to the schema, so that no start of the program has to.
        for document in try builtInDocuments() { catalog = try catalog.rows(of: document) }
        return catalog
      }
    } catch {
      preconditionFailure("the built-in catalog is not well-formed: \(error)")
    }
  }()

  /// The files that come with the program, as read. Accelerators first: machines name them.
  static func builtInDocuments() throws(Diagnostics) -> [Node] {
    var documents: [Node] = []
    for (file, start, size) in [
      ("accelerators.json", headroom_catalog_accelerators_start(), headroom_catalog_accelerators_size),
      ("machines.json", headroom_catalog_machines_start(), headroom_catalog_machines_size),
      ("models.json", headroom_catalog_models_start(), headroom_catalog_models_size),
    ] {
      documents.append(try JSON.parse(UnsafeRawBufferPointer(start: start, count: size), file: file))
    }
    return documents
  }

  /// The same catalog without the prices that are in another currency: no rate of exchange is known, and amounts in two
  /// currencies are never added up.
  public func counting(in currency: Currency) -> Catalog {
    var result = self
    for i in result.machines.indices { result.machines[i].prices.removeAll { $0.currency != currency } }
    return result
  }

  /// The machine of a name, exactly as its cloud writes it.
  public func machine(_ name: String) -> Machine? { machineIndex[name].map { machines[$0] } }

  /// The accelerator of a name.
  public func accelerator(_ name: String) -> Accelerator? { acceleratorIndex[name].map { accelerators[$0] } }

  /// The machine of a name that stands in a document.
  /// - Parameter location: Where the name stands.
  /// - Throws: `Diagnostic` with the nearest name, or how to add a machine.
  public func machine(named name: String, at location: SourceLocation? = nil) throws(Diagnostic) -> Machine {
    if let machine = machine(name) { return machine }
    throw unknown("machine", name, among: machines.map { $0.name }, location)
  }

  /// The accelerator of a name that stands in a document.
  /// - Throws: `Diagnostic` with the nearest name.
  public func accelerator(
    named name: String, at location: SourceLocation? = nil
  ) throws(Diagnostic) -> Accelerator {
    if let accelerator = accelerator(name) { return accelerator }
    throw unknown("accelerator", name, among: accelerators.map { $0.name }, location)
  }

  private func unknown(
    _ what: String, _ name: String, among names: [String], _ location: SourceLocation?
  ) -> Diagnostic {
    let near = nearest(name, in: names)
    return .error(
      "unknown \(what) '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""), at: location,
      help: near == nil ? "add it in a catalog file of your own, with its size and price" : nil)
  }

  /// Puts a machine in, in place of one of the same name.
  public mutating func put(_ machine: Machine) {
    if let index = machineIndex[machine.name] {
      machines[index] = machine
    } else {
      machineIndex[machine.name] = machines.count
      machines.append(machine)
    }
  }

  /// Puts an accelerator in, in place of one of the same name. Machines keep the one that they were made with.
  public mutating func put(_ accelerator: Accelerator) {
    if let index = acceleratorIndex[accelerator.name] {
      accelerators[index] = accelerator
    } else {
      acceleratorIndex[accelerator.name] = accelerators.count
      accelerators.append(accelerator)
    }
    acceleratorNames.removeAll { $0.accelerator.name == accelerator.name }
    for name in [accelerator.name] + accelerator.aliases {
      let (words, _) = Self.words(of: name)
      if !words.isEmpty { acceleratorNames.append((words, accelerator)) }
    }
  }

  /// Puts a model in, in place of one of the same name.
  public mutating func put(_ model: ModelArchitecture) {
    let position: Int
    if let index = modelIndex[Self.letters(of: model.name)], models[index].name == model.name {
      position = index
      models[index] = model
    } else {
      position = models.count
      models.append(model)
    }
    for name in [model.name] + model.aliases { modelIndex[Self.letters(of: name)] = position }
  }
}
