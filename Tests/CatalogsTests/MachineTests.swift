import Catalogs
import Quantities
import Testing

@Suite struct MachineTests {
  static func price(_ hourly: Double, _ lifecycle: Lifecycle = .onDemand, _ region: String = "east") -> Price {
    Price(hourly: .dollarsPerHour(hourly), lifecycle: lifecycle, region: region, source: "the test", date: "2025-06")
  }
  let machine = Machine(
    name: "m", cloud: "test", vcpus: 4, memory: .gibibytes(16),
    prices: [price(1), price(1.2, .onDemand, "west"), price(0.4, .spot)])

  @Test("the price of the region asked for goes first")
  func exactRegion() {
    #expect(machine.price(in: "west")?.hourly == .dollarsPerHour(1.2))
    #expect(machine.price()?.hourly == .dollarsPerHour(1))
  }

  @Test("a price of another region stands in, marked as an estimate")
  func otherRegion() {
    let price = machine.price(in: "north")
    #expect(price?.hourly == .dollarsPerHour(1))
    #expect(price?.region == "east")
    #expect(price?.isEstimate == true)
  }

  @Test("a lifecycle without any price has none")
  func unknownLifecycle() { #expect(machine.price(.reservedOneYear) == nil) }

  @Test("a discount is the saving against on demand")
  func discount() { #expect(abs((machine.discount(of: .spot)?.percent ?? 0) - 60) < 1e-9) }

  @Test("a price for any region replaces those of all regions")
  func anyRegion() {
    let own = machine.priced(Self.price(0.85, .onDemand, Price.anyRegion))
    for region in ["east", "west", "north"] {
      #expect(own.price(in: region)?.hourly == .dollarsPerHour(0.85))
      #expect(own.price(in: region)?.isEstimate == false)
    }
    #expect(own.price(.spot)?.hourly == .dollarsPerHour(0.4))
  }

  @Test("accelerator memory counts all accelerators of the machine")
  func acceleratorMemory() {
    let chip = Accelerator(
      name: "A", vendor: "V", memory: .gigabytes(80), denseRate: .teraPerSecond(312),
      memoryBandwidth: .gigabytesPerSecond(2039), source: "the test", date: "2025-06")
    let eight = Machine(name: "m", cloud: "c", vcpus: 1, memory: .zero, accelerator: chip, acceleratorCount: 8)
    #expect(eight.acceleratorMemory == .gigabytes(640))
    #expect(machine.acceleratorMemory == .zero)
  }

  @Test("a fleet counts its machines and accelerators, and names its regions in order")
  func fleet() {
    let fleet = Fleet(pools: [
      Pool(region: "b", machine: machine, count: 2), Pool(region: "a", machine: machine, count: 3),
      Pool(region: "b", machine: machine, lifecycle: .spot, count: 1),
    ])
    #expect(fleet.machineCount == 6)
    #expect(fleet.pools(in: "b").machineCount == 3)
  }
}
