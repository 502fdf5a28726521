import Catalogs
import Foundation
import Quantities
import Scaling
import Serving
import Simulating
import Testing
import Traffic

@Suite struct RequestWorldTests {
  private func steady(_ rate: Double, seconds: Int) -> Workload {
    Workload(
      series: TimeSeries(
        start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(60),
        rawValues: Array(repeating: rate, count: (seconds + 59) / 60)))
  }

  private func world(
    _ concurrency: Int, replicas: Int, balancing: Balancing, variability: Double = 1,
    queue: QueueSpec = .endless, clients: ClientBehavior = .patient, objective: Objective = Objective()
  ) throws -> RequestWorld {
    RequestWorld(
      service: try ErlangC(
        concurrency: concurrency, serviceTime: .seconds(1), serviceVariability: variability, balancing: balancing),
      dynamics: FleetDynamics(initial: replicas, minimum: replicas, maximum: replicas), queue: queue, clients: clients,
      objective: objective, seed: 11)
  }

  private func meanWait(_ outcome: RequestOutcome) -> Double { outcome.requests.waits.mean ?? .nan }

  // Four replicas of four servers at 85 %: M/M/16 for a shared line, M/M/4 at 85 % for a random split.
  @Test("a shared line waits as M/M/16, a random split as M/M/4, and least connections between")
  func balancers() throws {
    func wait(_ balancing: Balancing) throws -> Double {
      let world = try world(4, replicas: 4, balancing: balancing)
      return meanWait(world.simulate(steady(13.6, seconds: 36_000), under: FixedPolicy(replicas: 4)))
    }
    let shared = try wait(.shared)
    let least = try wait(.leastConnections)
    let two = try wait(.powerOfTwo)
    let turns = try wait(.roundRobin)
    let random = try wait(.random)
    #expect(abs(shared / 0.180509 - 1) < 0.05)
    // Erlang C of 4 servers at 3.4 erlangs: C = 0.66129, Wq = C / 0.6.
    #expect(abs(random / (Erlang.waiting(servers: 4, load: 3.4) / 0.6) - 1) < 0.08)
    #expect(shared < least && least < two && two < turns && turns < random)
    let model = try ErlangC(concurrency: 4, serviceTime: .seconds(1), balancing: .leastConnections)
    #expect(abs(least / model.wait(of: .perSecond(13.6), replicas: 4).mean - 1) < 0.08)
  }

  // M/M/c/K: p(k) by its product form; the share that is turned away is p(K), and 2 servers with room for 3 more at
  // load 3 erlangs: p(k) = p0 3^k/k! to k = 2, then times 1.5 each.
  @Test("a full line turns away the share that M/M/2/5 does")
  func finiteLine() throws {
    let world = try world(2, replicas: 1, balancing: .shared, queue: QueueSpec(limit: .requests(3), deadline: nil))
    let outcome = world.simulate(steady(3, seconds: 36_000), under: FixedPolicy(replicas: 1))
    let weights = [1, 3, 4.5, 6.75, 10.125, 15.1875]
    let lost = 15.1875 / weights.reduce(0, +)
    let share = Double(outcome.requests.rejected) / Double(outcome.requests.attempts)
    #expect(abs(share - lost) < 0.01)
    #expect(outcome.outcome.service.unserved.rawValue == Double(outcome.requests.rejected))
  }

  // Erlang A needs no steady state below capacity: M/M/1 with patience that ends at a fixed time D (M/M/1+D). With load a:
  // the share that leaves is (1 - a) a e^{-(1-a)D} / (1 - a^2 e^{-(1-a)D}) (Barrer, Operations Research 5, 1957).
  @Test("impatient customers leave at the share of Barrer's formula")
  func patience() throws {
    let world = try world(
      1, replicas: 1, balancing: .shared, queue: QueueSpec(limit: .none, deadline: .seconds(2)))
    let outcome = world.simulate(steady(0.8, seconds: 72_000), under: FixedPolicy(replicas: 1))
    let decay = exp(-0.2 * 2)
    let left = 0.2 * 0.8 * decay / (1 - 0.64 * decay)
    let share = Double(outcome.requests.expired) / Double(outcome.requests.attempts)
    #expect(abs(share / left - 1) < 0.05)
    #expect((outcome.requests.waits.quantile(1) ?? 9) <= 2)
  }

  // Non-preemptive priorities in M/M/1 (Cobham, Operations Research 2, 1954): W1 = W0 / (1 - r1),
  // W2 = W0 / ((1 - r1)(1 - r1 - r2)), W0 = r1 + r2 for service times of 1.
  @Test("two priorities wait as Cobham's formulas say")
  func priorities() throws {
    let world = try world(1, replicas: 1, balancing: .shared)
    let mix = [RequestKind(name: "batch", weight: 2), RequestKind(name: "user", weight: 1, priority: 1)]
    let load = steady(0.9, seconds: 144_000)
    let outcome = world.simulate(
      Workload(series: load.series, arrivals: .poisson, mix: mix), under: FixedPolicy(replicas: 1))
    func wait(_ i: Int) -> Double { (outcome.requests.kinds[i].responses.mean ?? .nan) - 1 }
    #expect(abs(wait(1) / (0.9 / 0.7) - 1) < 0.05)
    #expect(abs(wait(0) / (0.9 / (0.7 * 0.1)) - 1) < 0.15)
  }

  @Test("offered = answered + failed + open, attempts = requests + retries + hedges, whatever goes wrong")
  func conservation() throws {
    let clients = ClientBehavior(
      timeout: .seconds(3), attempts: 3, backoff: .milliseconds(200), budget: .percent(20), hedgeAfter: .seconds(2),
      deadline: .seconds(8), cancels: true)
    for balancing in Balancing.allCases {
      var world = try world(
        2, replicas: 3, balancing: balancing, queue: QueueSpec(limit: .requests(5), deadline: .seconds(2)),
        clients: clients)
      world.incidents = Incidents(crashesPerHour: 20)
      world.dynamics.startup = Startup(modelLoad: .fixed(.seconds(20)))
      let outcome = world.simulate(steady(7, seconds: 3600), under: FixedPolicy(replicas: 3))
      let service = outcome.outcome.service
      let kind = outcome.requests.kinds[0]
      #expect(service.offered == service.served + service.unserved + service.waiting)
      #expect(Double(kind.offered) == service.offered.rawValue)
      #expect(Double(kind.answered) == service.served.rawValue && Double(kind.failed) == service.unserved.rawValue)
      #expect(service.waiting.rawValue < 40)
      #expect(outcome.requests.attempts == kind.offered + outcome.requests.retries + outcome.requests.hedges)
      #expect(outcome.requests.retries > 0 && outcome.requests.hedges > 0 && outcome.requests.rejected > 0)
      #expect(outcome.outcome.fleet?.crashes ?? 0 > 0 && outcome.requests.lost > 0)
      #expect(outcome.requests.responses.count == UInt64(kind.answered))
    }
  }

  @Test("the same seed gives the same run, another one another")
  func seeds() throws {
    var world = try world(2, replicas: 2, balancing: .random)
    let first = world.simulate(steady(3, seconds: 600), under: FixedPolicy(replicas: 2))
    let again = world.simulate(steady(3, seconds: 600), under: FixedPolicy(replicas: 2))
    #expect(first.outcome == again.outcome && first.requests.responses == again.requests.responses)
    world.seed = 12
    #expect(first.outcome != world.simulate(steady(3, seconds: 600), under: FixedPolicy(replicas: 2)).outcome)
  }

  @Test("a closed loop of users without thought keeps its servers busy: throughput = users / response time")
  func closedLoop() throws {
    let world = try world(4, replicas: 1, balancing: .shared)
    let outcome = world.simulate(users: 10, for: .seconds(20_000), under: FixedPolicy(replicas: 1))
    let throughput = outcome.outcome.service.served.rawValue / 20_000
    #expect(abs(throughput / 4 - 1) < 0.02)
    #expect(abs((outcome.requests.responses.mean ?? 0) / (10 / throughput) - 1) < 0.01)
  }

  // Machine repair, M/M/1 with 5 users who think 1 on average: p0 = 1 / sum of 5!/(5-k)!, k from 0 to 5 = 1 / 326.
  @Test("thinking users load one server as the machine-repair formula says")
  func thinking() throws {
    let world = try world(1, replicas: 1, balancing: .shared)
    let outcome = world.simulate(
      users: 5, think: try TimeDistribution(mean: 1, variability: 1), for: .seconds(20_000),
      under: FixedPolicy(replicas: 1))
    #expect(abs(outcome.outcome.service.served.rawValue / 20_000 - (1 - 1.0 / 326)) < 0.02)
  }

  @Test("replicas come when the policy asks, and requests that waited for any of them are served")
  func scaling() throws {
    var world = try world(1, replicas: 0, balancing: .random)
    world.dynamics = FleetDynamics(
      initial: 0, minimum: 0, maximum: 50, startup: Startup(modelLoad: .fixed(.seconds(30))))
    let outcome = world.simulate(
      steady(5, seconds: 1800), under: TargetTrackingPolicy(target: 0.7, minimum: 2, maximum: 50))
    #expect(outcome.outcome.fleet?.peakReplicas ?? 0 >= 5)
    #expect(outcome.outcome.fleet?.scaleUps ?? 0 >= 1)
    #expect((outcome.requests.responses.maximum) > 29)
    #expect(outcome.outcome.timeline.ready.first == 0 && outcome.outcome.timeline.ready.last ?? 0 >= 5)
  }

  @Test("empty and odd inputs trap nothing")
  func odd() throws {
    let world = try world(1, replicas: 1, balancing: .consistentHash)
    #expect(world.simulate(steady(0, seconds: 60), under: FixedPolicy(replicas: 1)).requests.attempts == 0)
    #expect(world.simulate(arrivals: [], under: FixedPolicy(replicas: 1)).requests.attempts == 0)
    #expect(world.simulate(arrivals: [.nan, 1, -3, 0.5], under: FixedPolicy(replicas: 1)).requests.attempts == 2)
    #expect(world.simulate(users: 0, for: .seconds(10), under: FixedPolicy(replicas: 1)).requests.attempts == 0)
    #expect(world.simulate(users: 3, for: .zero, under: FixedPolicy(replicas: 1)).outcome.service.served == .zero)
    let none = try self.world(1, replicas: 0, balancing: .random)
    #expect(none.simulate(steady(1, seconds: 60), under: FixedPolicy(replicas: 0)).outcome.service.served == .zero)
  }
}
