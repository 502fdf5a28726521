import Documents
import Quantities

extension Catalog {
  /// This catalog with a file's rows added. A machine that is known already keeps what the row does not say, and
  /// its prices of other lifecycles and regions.
  ///
  /// - Parameter document: A catalog file, read from YAML or JSON.
  /// - Throws: `Diagnostics` with everything that is wrong in it.
  public func adding(_ document: Node) throws(Diagnostics) -> Catalog {
    var reader = NodeReader()
    let currency = reader.currency(document["currency"], "currency") ?? .dollars
    try reader.diagnostics.throwIfErrors()
    let sum: Result<Catalog, Diagnostics> = currency.shown {
      do throws(Diagnostics) {
        try Catalog.schema.validate(document).throwIfErrors()
        return .success(try rows(of: document))
      } catch { return .failure(error) }
    }
    return try sum.get()
  }

  /// The same with the rows of a document that keeps to the schema.
  func rows(of document: Node) throws(Diagnostics) -> Catalog {
    var found = Diagnostics()
    var result = self
    for node in document["accelerators"]?.elements ?? [] {
      result.put(Self.accelerator(from: node))
    }
    for node in document["models"]?.elements ?? [] {
      var reader = NodeReader()
      if let model = Self.model(from: node, &reader) { result.put(model) }
      found.merge(reader.diagnostics)
    }
    for node in document["machines"]?.elements ?? [] {
      var reader = NodeReader()
      if let machine = machine(from: node, in: result, &reader) { result.put(machine) }
      found.merge(reader.diagnostics)
    }
    try found.throwIfErrors()
    return result
  }

  private static func accelerator(from node: Node) -> Accelerator {
    func rate(_ key: String) -> FLOPRate? { node[key]?.number.map { .teraPerSecond($0) } }
    func bandwidth(_ key: String) -> ByteRate? { node[key]?.number.map { .gigabytesPerSecond($0) } }
    var reduced: [Precision: FLOPRate] = [:]
    reduced[.fp8] = rate("fp8_dense_tflops")
    reduced[.fp4] = rate("fp4_dense_tflops")
    reduced[.int8] = rate("int8_dense_tops")
    return Accelerator(
      name: node.string("name"), vendor: node.string("vendor"), aliases: node.strings("aliases"),
      memory: .gigabytes(node.number("memory_gb")), usableMemory: node["usable_gib"]?.number.map { .gibibytes($0) },
      denseRate: .teraPerSecond(node.number("bf16_dense_tflops")), reducedRates: reduced,
      memoryBandwidth: .gigabytesPerSecond(node.number("memory_gb_per_s")), linkBandwidth: bandwidth("link_gb_per_s"),
      networkBandwidth: bandwidth("network_gb_per_s"), perNode: node["per_node"]?.integer ?? 8,
      linkDomain: node["link_domain"]?.integer, designPower: node["tdp_watts"]?.number.map { .watts($0) },
      source: node.string("source"), date: node.string("date"), isEstimate: node["estimated"]?.bool ?? false)
  }

  private func machine(from node: Node, in catalog: Catalog, _ reader: inout NodeReader) -> Machine? {
    let name = node.string("name")
    var machine: Machine
    if let known = catalog.machine(name) {
      machine = known
    } else {
      for key in ["vcpus", "memory_gib"] where node[key] == nil {
        reader.fail("the new machine '\(name)' lacks '\(key)'", node, "machines", help: "say how large it is")
      }
      machine = Machine(name: name, cloud: "own", vcpus: 1, memory: .zero)
    }
    if let cloud = node["cloud"]?.string { machine.cloud = cloud }
    if let vcpus = node["vcpus"]?.integer { machine.vcpus = vcpus }
    if let memory = node["memory_gib"]?.number { machine.memory = .gibibytes(memory) }
    if let bits = node["network_gbits"]?.number { machine.network = .gigabytesPerSecond(bits / 8) }
    if let chip = node["accelerator"], let chipName = chip.string {
      do {
        machine.accelerator = try catalog.accelerator(named: chipName, at: chip.location)
        machine.acceleratorCount = node["accelerators"]?.integer ?? max(1, machine.acceleratorCount)
      } catch {
        reader.merge(Diagnostics([error]))
      }
    }
    // Backwards, because each price goes to the front.
    for price in (node["prices"]?.elements ?? []).reversed() {
      guard let hourly = reader.price(price["hourly"], "prices.hourly") else { continue }
      machine = machine.priced(
        Price(
          hourly: hourly, lifecycle: Lifecycle(rawValue: price.string("lifecycle")) ?? .onDemand,
          region: price.string("region"), source: price.string("source"), date: price.string("date"),
          isEstimate: price["estimated"]?.bool ?? false))
    }
    return machine
  }

  /// This catalog with the prices that a plan states itself.
  ///
  /// ```yaml
  /// prices:
  ///   g5.xlarge: $0.85/h
  ///   p5.48xlarge: { on demand: $40/h, spot: $15/h }
  /// ```
  ///
  /// - Parameters:
  ///   - overrides: Prices by machine, in any region; a bare price is the one on demand.
  ///   - date: When they are stated.
  ///   - own: Names that are machines of the reader's own where the catalog has none of them: a price is all that is
  ///     known of one.
  ///   - reader: Takes unknown machines, lifecycles and prices that are none.
  public func priced(
    by overrides: Node, date: String, own: Set<String> = [], _ reader: inout NodeReader
  ) -> Catalog {
    guard let entries = overrides.entries else {
      reader.fail("prices are not a mapping", overrides, "prices", help: "write prices: { g5.xlarge: $0.85/h }")
      return self
    }
    var result = self
    for entry in entries {
      var machine: Machine
      do {
        machine = try self.machine(named: entry.key, at: entry.keyLocation)
      } catch {
        guard own.contains(entry.key) else {
          reader.merge(Diagnostics([error]))
          continue
        }
        machine = Machine(name: entry.key, cloud: "own", vcpus: 0, memory: .zero)
      }
      let path = "prices.\(entry.key)"
      reader.remember(entry.value, path)
      let isBare = entry.value.text != nil
      let stated =
        isBare ? [(Lifecycle.onDemand.rawValue, entry.keyLocation, entry.value)] : entry.value.entries ?? []
      if stated.isEmpty {
        reader.fail("no price for '\(entry.key)'", entry.value, path, help: "write \(entry.key): $0.85/h")
      }
      for (word, place, value) in stated {
        guard let lifecycle = Lifecycle(rawValue: word) else {
          let words = Lifecycle.allCases.map { $0.rawValue }
          reader.merge(
            Diagnostics([
              .error(
                "unknown lifecycle '\(word)'" + (nearest(word, in: words).map { "; did you mean '\($0)'?" } ?? ""),
                at: place, path: path, help: "one of \(words.joined(separator: ", "))")
            ]))
          continue
        }
        guard let hourly = reader.price(value, isBare ? path : "\(path).\(word)") else { continue }
        machine = machine.priced(
          Price(
            hourly: hourly, lifecycle: lifecycle, region: Price.anyRegion, source: "\(value.location)", date: date))
      }
      result.put(machine)
    }
    return result
  }

  /// The same, with everything that is wrong thrown.
  /// - Throws: `Diagnostics`.
  public func priced(by overrides: Node, date: String) throws(Diagnostics) -> Catalog {
    var reader = NodeReader()
    let catalog = priced(by: overrides, date: date, &reader)
    try reader.diagnostics.throwIfErrors()
    return catalog
  }
}

/// Reading what the schema has made sure of.
extension Node {
  fileprivate func string(_ key: String) -> String { self[key]?.text ?? "" }
  fileprivate func number(_ key: String) -> Double { self[key]?.number ?? 0 }
  fileprivate func strings(_ key: String) -> [String] { (self[key]?.elements ?? []).compactMap { $0.text } }
}
