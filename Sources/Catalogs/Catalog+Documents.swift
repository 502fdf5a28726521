import Documents
import Quantities

extension Catalog {
  /// This catalog with a file's rows added. A machine that is known already keeps what the row does not say, and
  /// its prices of other lifecycles and regions.
  ///
  /// - Parameter document: A catalog file, read from YAML or JSON.
  /// - Throws: ``Diagnostics`` with everything that is wrong in it.
  public func adding(_ document: Node) throws(Diagnostics) -> Catalog {
    var found = Catalog.schema.validate(document)
    try found.throwIfErrors()
    var result = self
    for node in document["accelerators"]?.elements ?? [] {
      result.put(
        Accelerator(
          name: node.string("name"), vendor: node.string("vendor"), memory: .gigabytes(node.number("memory_gb")),
          denseRate: .teraPerSecond(node.number("bf16_dense_tflops")),
          memoryBandwidth: .gigabytesPerSecond(node.number("memory_gb_per_s")), source: node.string("source"),
          date: node.string("date"), isEstimate: node["estimated"]?.bool ?? false))
    }
    for node in document["machines"]?.elements ?? [] {
      if let machine = machine(from: node, in: result, &found) { result.put(machine) }
    }
    try found.throwIfErrors()
    return result
  }

  private func machine(from node: Node, in catalog: Catalog, _ found: inout Diagnostics) -> Machine? {
    let name = node.string("name")
    var machine: Machine
    if let known = catalog.machine(name) {
      machine = known
    } else {
      for key in ["vcpus", "memory_gib"] where node[key] == nil {
        found.append(
          .error("the new machine '\(name)' lacks '\(key)'", at: node.location, help: "say how large it is"))
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
        found.append(error)
      }
    }
    // Backwards, because each price goes to the front.
    for price in (node["prices"]?.elements ?? []).reversed() {
      guard let hourly = Catalog.hourly(price["hourly"], &found) else { continue }
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
  /// - Throws: ``Diagnostics`` with unknown machines, lifecycles and prices that are none.
  public func priced(by overrides: Node, date: String) throws(Diagnostics) -> Catalog {
    var found = Diagnostics()
    guard let entries = overrides.entries else {
      throw Diagnostics([
        .error("prices are not a mapping", at: overrides.location, help: "write prices: { g5.xlarge: $0.85/h }")
      ])
    }
    var result = self
    for entry in entries {
      let known: Machine
      do {
        known = try machine(named: entry.key, at: entry.keyLocation)
      } catch {
        found.append(error)
        continue
      }
      var machine = known
      let bare = entry.value.text != nil
      let stated = bare ? [(Lifecycle.onDemand.rawValue, entry.keyLocation, entry.value)] : entry.value.entries ?? []
      if stated.isEmpty {
        found.append(
          .error("no price for '\(entry.key)'", at: entry.value.location, help: "write \(entry.key): $0.85/h"))
      }
      for (word, place, value) in stated {
        guard let lifecycle = Lifecycle(rawValue: word) else {
          let words = Lifecycle.allCases.map { $0.rawValue }
          found.append(
            .error(
              "unknown lifecycle '\(word)'" + (nearest(word, in: words).map { "; did you mean '\($0)'?" } ?? ""),
              at: place, help: "one of \(words.joined(separator: ", "))"))
          continue
        }
        guard let hourly = Catalog.hourly(value, &found) else { continue }
        machine = machine.priced(
          Price(
            hourly: hourly, lifecycle: lifecycle, region: Price.anyRegion, source: "\(value.location)", date: date))
      }
      result.put(machine)
    }
    try found.throwIfErrors()
    return result
  }

  /// Reads a price; a price of nothing, or one that is no finite number, is refused.
  private static func hourly(_ node: Node?, _ found: inout Diagnostics) -> HourlyPrice? {
    guard let node, let text = node.text else {
      found.append(.error("a price is missing", at: node?.location, help: "write $0.85/h"))
      return nil
    }
    do throws(QuantityError) {
      let price = try HourlyPrice.parse(text)
      if price.isFinite { return price }
      found.append(.error("'\(text)' is not a price", at: node.location, help: "write $0.85/h"))
    } catch {
      found.append(.error("'\(text)' \(error.problem)", at: node.location, help: error.remedy))
    }
    return nil
  }
}

/// Reading what the schema has made sure of.
extension Node {
  fileprivate func string(_ key: String) -> String { self[key]?.text ?? "" }
  fileprivate func number(_ key: String) -> Double { self[key]?.number ?? 0 }
}
