import Quantities
import Synchronization

/// Steady states of G/G/c lines, simulated customer by customer and remembered for the whole run of the program: in service
/// times, by servers and variabilities.
enum LineStates {
  private struct Key: Hashable {
    var servers: Int
    var arrivals: Double
    var services: Double
  }
  private static let known = Mutex<[Key: SimulatedStates]>([:])

  /// - Parameter servers: 1 or more.
  static func states(servers: Int, arrivals: Double, services: Double) -> SimulatedStates {
    let key = Key(servers: servers, arrivals: arrivals, services: services)
    return known.withLock { known in
      if let states = known[key] { return states }
      // Few models live at once; a search over many must not fill the memory.
      if known.count >= 1024 { known.removeAll() }
      let states = SimulatedStates { simulate(key, $0) }
      known[key] = states
      return states
    }
  }

  /// As many customers as make the mean wait known to some 3 % at 90 % of capacity, a million at most.
  private static func simulate(_ key: Key, _ utilization: Double) -> SimulatedStates.State {
    let idle = SimulatedStates.State(
      mean: 0, quantiles: SimulatedStates.ranks.map { _ in 0 }, waitMean: 0,
      waitQuantiles: SimulatedStates.ranks.map { _ in 0 }, concurrency: 0)
    let servers = min(key.servers, 1_000_000)
    guard utilization > 0,
      let arrivals = try? TimeDistribution(mean: 1 / (utilization * Double(servers)), variability: key.arrivals),
      let services = try? TimeDistribution(mean: 1, variability: key.services),
      let line = try? WaitingLine(servers: servers, arrivals: arrivals, service: services)
    else { return idle }
    let spread = max(1, (key.arrivals + key.services) / 2)
    let customers = Int(min(1_000_000, max(100_000, 60_000 * spread / (1 - utilization))))
    let waits = line.simulate(customers: customers, seed: 1)
    let quantiles = SimulatedStates.ranks.map { waits.quantile($0) }
    return SimulatedStates.State(
      mean: waits.mean, quantiles: quantiles, waitMean: waits.mean, waitQuantiles: quantiles,
      concurrency: utilization * Double(servers))
  }

  /// How far these lie off, by the scatter of the simulations themselves.
  static let band = ErrorBand(
    low: 0.93, high: 1.07, source: "the simulation's own scatter at up to 95 % of capacity,")
}
