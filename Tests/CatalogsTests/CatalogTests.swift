import Documents
import Quantities
import Testing

@testable import Catalogs

func catalog(_ yaml: String) throws(Diagnostics) -> Catalog {
  try Catalog.builtIn.adding(try YAML.parse(yaml, file: "own.yaml"))
}

/// The diagnostics of a call, or none where it went well.
func diagnostics<Value>(_ body: () throws(Diagnostics) -> Value) -> [String] {
  do {
    _ = try body()
    return []
  } catch {
    return error.all.map(\.description)
  }
}

@Suite struct BuiltInCatalogTests {
  @Test("what comes with the program keeps to the schemas that a user's files are held to")
  func builtInDocuments() throws {
    for document in try Catalog.builtInDocuments() {
      let diagnostics = Catalog.schema.validate(document)
      #expect(diagnostics.all.isEmpty, "\(diagnostics)")
    }
    let diagnostics = EngineCatalog.schema.validate(try EngineCatalog.builtInDocument())
    #expect(diagnostics.all.isEmpty, "\(diagnostics)")
  }

  @Test("it has the machines that ML teams use")
  func machines() {
    #expect(Catalog.builtIn.machines.count >= 40)
    for name in ["g5.xlarge", "p4d.24xlarge", "p5.48xlarge", "m7i.xlarge", "a3-highgpu-8g", "Standard_ND96isr_H100_v5"]
    {
      #expect(Catalog.builtIn.machine(name) != nil, "\(name)")
    }
  }

  @Test("every price and accelerator has a source and a date")
  func provenance() {
    for machine in Catalog.builtIn.machines {
      #expect(!machine.prices.isEmpty, "\(machine.name)")
      for price in machine.prices {
        #expect(!price.source.isEmpty && !price.region.isEmpty, "\(machine.name)")
        #expect(price.date.wholeMatch(of: /20\d\d-(0[1-9]|1[0-2])/) != nil, "\(machine.name) \(price.date)")
      }
    }
    for accelerator in Catalog.builtIn.accelerators {
      #expect(!accelerator.source.isEmpty && !accelerator.date.isEmpty, "\(accelerator.name)")
    }
  }

  @Test("names are unique")
  func unique() {
    #expect(Set(Catalog.builtIn.machines.map(\.name)).count == Catalog.builtIn.machines.count)
    #expect(Set(Catalog.builtIn.accelerators.map(\.name)).count == Catalog.builtIn.accelerators.count)
  }

  @Test("prices are in order: three years below one year below on demand, spot below on demand")
  func ordered() throws {
    for machine in Catalog.builtIn.machines {
      let full = try #require(machine.price()?.hourly, "\(machine.name)")
      #expect(full > .zero, "\(machine.name)")
      let spot = machine.price(.spot)?.hourly ?? .zero
      let year = machine.price(.reservedOneYear)?.hourly ?? full
      let threeYears = machine.price(.reservedThreeYears)?.hourly ?? .zero
      #expect(spot < full && threeYears < year && year <= full, "\(machine.name)")
    }
  }

  @Test("spot and committed prices that are no quotation are marked as estimates")
  func estimates() {
    for machine in Catalog.builtIn.machines where machine.cloud == "aws" {
      for price in machine.prices where price.lifecycle != .onDemand { #expect(price.isEstimate, "\(machine.name)") }
    }
  }

  @Test("sizes within a family cost in proportion to their accelerators or more")
  func families() throws {
    func perChip(_ name: String) throws -> Double {
      let machine = try #require(Catalog.builtIn.machine(name))
      return try #require(machine.price()).hourly.dollarsPerHour / Double(machine.acceleratorCount)
    }
    #expect(try perChip("g5.48xlarge") > perChip("g5.xlarge"))
    #expect(try abs(perChip("a2-highgpu-8g") / perChip("a2-highgpu-1g") - 1) < 0.001)
  }

  @Test("an accelerator carries the figures of its data sheet")
  func accelerator() throws {
    // NVIDIA H100 SXM: 989 TFLOP/s dense bf16, 3.35 TB/s, 80 GB.
    let h100 = try #require(Catalog.builtIn.machine("p5.48xlarge")?.accelerator)
    #expect(h100.denseRate == .teraPerSecond(989))
    #expect(h100.memoryBandwidth == .gigabytesPerSecond(3350))
    #expect(Catalog.builtIn.machine("p5.48xlarge")?.acceleratorMemory == .gigabytes(640))
  }
}

@Suite struct CatalogTests {
  @Test("an unknown machine is an error that names the nearest one")
  func unknownMachine() {
    let place = SourceLocation(file: "plan.yaml", line: 3, column: 5)
    let near = #expect(throws: Diagnostic.self) { try Catalog.builtIn.machine(named: "g5.xlrage", at: place) }
    #expect(near?.description == "plan.yaml:3:5: error: unknown machine 'g5.xlrage'; did you mean 'g5.xlarge'?")
    let far = #expect(throws: Diagnostic.self) { try Catalog.builtIn.machine(named: "mainframe") }
    #expect(far?.help?.contains("catalog file of your own") == true)
  }

  @Test("a file of one's own adds machines that use known accelerators")
  func ownMachine() throws {
    let own = try catalog(
      """
      schema: headroom/catalog/1
      machines:
        - name: rack-7
          cloud: on premise
          vcpus: 128
          memory_gib: 1024
          accelerator: H100
          accelerators: 4
          network_gbits: 400
          prices:
            - { lifecycle: on demand, hourly: $6/h, region: any, source: finance, date: 2025-10 }
      """)
    let rack = try #require(own.machine("rack-7"))
    #expect(rack.acceleratorMemory == .gigabytes(320))
    #expect(rack.network == .gigabytesPerSecond(50))
    #expect(rack.price(in: "cellar")?.hourly == .dollarsPerHour(6))
    #expect(own.machines.count == Catalog.builtIn.machines.count + 1)
  }

  @Test("a row of a known machine changes what it says and keeps the rest")
  func ownPrice() throws {
    let own = try catalog(
      """
      schema: headroom/catalog/1
      machines:
        - name: g5.xlarge
          prices:
            - { lifecycle: on demand, hourly: 1.123, region: eu-west-1, source: our contract, date: 2025-10 }
      """)
    let machine = try #require(own.machine("g5.xlarge"))
    #expect(machine.vcpus == 4)
    #expect(machine.price(in: "eu-west-1")?.hourly == .dollarsPerHour(1.123))
    #expect(machine.price(in: "us-east-1")?.hourly == .dollarsPerHour(1.006))
    #expect(own.machines.count == Catalog.builtIn.machines.count)
  }

  @Test("all mistakes of a file are reported at once, with their places")
  func mistakes() {
    let found = diagnostics { () throws(Diagnostics) in
      try catalog(
        """
        schema: headroom/catalog/1
        machines:
          - name: a
            vcpus: none
            prices:
              - { lifecycle: on demnad, hourly: 1, region: any, source: x, date: 2025-10 }
          - { name: b, memry: 4 }
        """)
    }
    #expect(found.count >= 3)
    #expect(found.allSatisfy { $0.hasPrefix("own.yaml:") })
    let sizes = diagnostics { () throws(Diagnostics) in
      try catalog("{schema: headroom/catalog/1, machines: [{name: a, accelerator: H1000}]}")
    }
    #expect(sizes.count == 3)
    #expect(sizes.contains { $0.contains("lacks 'vcpus'") })
    #expect(sizes.contains { $0.contains("did you mean 'H100'?") })
  }

  @Test("a plan's own prices hold in every region, bare or by lifecycle")
  func overrides() throws {
    let node = try YAML.parse("{g5.xlarge: $0.85/h, p5.48xlarge: {on demand: 40, spot: $15/h}}", file: "plan.yaml")
    let own = try Catalog.builtIn.priced(by: node, date: "2025-11-01")
    let price = try #require(own.machine("g5.xlarge")?.price(in: "eu-west-1"))
    #expect(price.hourly == .dollarsPerHour(0.85))
    #expect(price.source == "plan.yaml:1:13")
    #expect(!price.isEstimate)
    #expect(own.machine("p5.48xlarge")?.price(.spot)?.hourly == .dollarsPerHour(15))
    #expect(Catalog.builtIn.machine("g5.xlarge")?.price()?.hourly == .dollarsPerHour(1.006))
  }

  @Test("prices that are none are refused with a remedy")
  func badOverrides() throws {
    let node = try YAML.parse("{g5.xlarge: cheap, g5.xlrage: $1/h, p3.2xlarge: {spto: $1/h}, g6.xlarge: [1]}")
    let found = diagnostics { () throws(Diagnostics) in try Catalog.builtIn.priced(by: node, date: "2025") }
    #expect(found.count == 4)
    #expect(found.contains { $0.contains("did you mean 'g5.xlarge'?") })
    #expect(found.contains { $0.contains("did you mean 'spot'?") })
    let list = try YAML.parse("[1, 2]")
    #expect(diagnostics { () throws(Diagnostics) in try Catalog.builtIn.priced(by: list, date: "2025") }.count == 1)
  }
}
