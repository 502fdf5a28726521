import Quantities
import Simulating

/// A day of ten regions, second by second, one of which is lost for an hour.
enum FailoverBenchmarks {
  static let all = [
    Benchmark("failover of a day, ten regions", 86_400, "s") { lost(capacity: 1500) },
    Benchmark("the same, overloaded while one is lost", 86_400, "s") { lost(capacity: 950) },
  ]

  private static func lost(capacity: Double) -> Double {
    let regions = 10
    var origins: [FailoverSetting.Origin] = []
    for o in 0..<regions {
      var shares = [Double](repeating: 0, count: regions)
      var fallback = [Double](repeating: 1, count: regions)
      shares[o] = 1
      fallback[o] = 0
      let demand = (0..<24).map { (hour: Int) -> Double in 600 + 300 * Double((hour + o) % 24) / 24 }
      origins.append(FailoverSetting.Origin(name: "o\(o)", demand: demand, shares: shares, fallback: fallback))
    }
    let setting = FailoverSetting(
      regions: (0..<regions).map { .init(name: "r\($0)", capacity: capacity, limit: 2000) }, origins: origins,
      mechanism: RoutingMechanism.presets[0], retries: .init(attempts: 3), scaleUp: .init(delay: 300, rate: 5))
    let incident = RegionIncident(.lost, region: 3, start: 40_000, duration: 3600)
    return Failover(setting, incident, before: 40_000, after: 86_400 - 43_600).lost
  }
}
