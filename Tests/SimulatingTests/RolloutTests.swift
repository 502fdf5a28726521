import Catalogs
import Quantities
import Scaling
import Serving
import Testing
import Traffic

@testable import Simulating

@Suite("Rollouts")
struct RolloutTests {
  /// A rollout of ten replicas, each of which takes a minute to start, watched every ten seconds.
  private func watch(
    _ spec: Rollout, replicas: Int = 10, start: Duration = .minutes(1), drain: Duration = .zero,
    until end: Double = 900,
    _ disturb: (inout ReplicaFleet, Double) -> Void = { _, _ in }
  ) -> (seen: [(time: Double, ready: Int, all: Int, desired: Int)], fleet: ReplicaFleet) {
    var fleet = ReplicaFleet(
      FleetDynamics(
        initial: replicas, minimum: 0, maximum: 1000, startup: Startup(modelLoad: .fixed(start)), drainTime: drain),
      seed: 1)
    fleet.roll(spec, at: 0)
    var seen: [(time: Double, ready: Int, all: Int, desired: Int)] = []
    for time in stride(from: 0.0, through: end, by: 10) {
      fleet.advance(to: time)
      disturb(&fleet, time)
      seen.append((time, fleet.ready, fleet.ready + fleet.startingCount, fleet.desired))
    }
    return (seen, fleet)
  }

  @Test(
    "bounds are those that the Deployment controller resolves: a surge up, the unavailable down, never none of both",
    arguments: [
      // Cases by ResolveFenceposts of Kubernetes.
      (Rollout.Part.share(.percent(25)), Rollout.Part.share(.percent(25)), 10, 3, 2),
      (.share(.percent(25)), .share(.percent(25)), 1, 1, 0),
      (.share(.percent(0)), .share(.percent(10)), 5, 0, 1),
      (.count(0), .count(0), 100, 0, 1),
      (.count(2), .count(0), 5, 2, 0),
      (.share(.percent(100)), .share(.percent(0)), 7, 7, 0),
      (.share(.percent(29)), .share(.percent(29)), 100, 29, 29),
    ])
  func bounds(_ surge: Rollout.Part, _ unavailable: Rollout.Part, _ replicas: Int, _ more: Int, _ fewer: Int) {
    let bounds = Rollout(surge: surge, unavailable: unavailable).bounds(of: replicas)
    #expect(bounds.surge == more && bounds.unavailable == fewer)
  }

  @Test("the default quarter: two of ten go at once, three more than ten at most, and two rounds of starts do it")
  func quarter() {
    let (seen, fleet) = watch(Rollout())
    // 3 surge and 2 in place of those that went: 5 new start; a minute later they serve, and 5 old may go for 5 new.
    #expect(seen[0].ready == 8 && seen[0].all == 13)
    #expect(seen.allSatisfy { $0.ready >= 8 && $0.all <= 13 && $0.desired == 10 })
    #expect(fleet.rolloutRecord == .init(finished: 1, isUnfinished: false, longest: .minutes(2)))
    #expect(seen.last?.ready == 10 && seen.last?.all == 10)
    #expect(fleet.starts == 10)
  }

  @Test("without an unavailable one none is missing; without surge none is too many")
  func extremes() {
    let surging = watch(Rollout(surge: .count(1), unavailable: .count(0)))
    #expect(surging.seen.allSatisfy { $0.ready >= 10 && $0.all <= 11 })
    // One after the other: ten starts of a minute.
    #expect(surging.fleet.rolloutRecord.longest == .minutes(10))
    let lean = watch(Rollout(surge: .count(0), unavailable: .count(2)))
    #expect(lean.seen.allSatisfy { $0.ready >= 8 && $0.all <= 10 })
    #expect(lean.fleet.rolloutRecord.longest == .minutes(5))
  }

  @Test("a replica counts only when it has been ready for the settling time")
  func settling() {
    let (_, fleet) = watch(Rollout(surge: .count(10), unavailable: .count(0), settling: .seconds(30)))
    #expect(fleet.rolloutRecord.longest == .seconds(90))
  }

  @Test("old replicas that drain stand beside the others and are paid for")
  func draining() {
    var most = 0
    let (_, fleet) = watch(Rollout(), drain: .seconds(45)) { fleet, _ in most = max(most, fleet.total) }
    // At the minute: 8 that serve, 5 that start, and the 5 old ones that the new ones replace. Terminating pods are no
    // part of a surge.
    #expect(most == 18)
    #expect(fleet.total == 10)
  }

  @Test("an autoscaler may change the target meanwhile, up and down, and replicas may crash")
  func disturbed() {
    for target in [4, 9, 10, 14, 30] {
      let (seen, fleet) = watch(Rollout()) { fleet, time in
        if time == 30 { fleet.scale(to: target, at: time) }
        if time == 70 { _ = fleet.crash(2, at: time) }
      }
      #expect(seen.last?.ready == target && seen.last?.all == target, "target \(target)")
      #expect(fleet.rolloutRecord.finished == 1 && !fleet.rolloutRecord.isUnfinished)
    }
  }

  @Test("a second version on the way replaces the first, and one that finds nothing to replace ends at once")
  func again() {
    let (seen, fleet) = watch(Rollout()) { fleet, time in if time == 40 { fleet.roll(Rollout(), at: time) } }
    #expect(seen.last?.all == 10 && fleet.rolloutRecord.finished == 1)
    #expect(fleet.rolloutRecord.longest == .minutes(2))
    #expect(watch(Rollout(), replicas: 0).fleet.rolloutRecord == .init(finished: 1, longest: .zero))
  }

  @Test("in a world a rollout at the peak costs capacity, is told as the reason, and its surge is paid for")
  func world() throws {
    let demand = TimeSeries<RequestRate>(
      start: Timestamp(secondsSinceEpoch: 0), step: .seconds(60), rawValues: Array(repeating: 95, count: 60))
    func run(_ kind: Incident.Kind?) throws -> Outcome {
      let world = FluidWorld(
        service: try FixedCapacity(.perSecond(10)),
        dynamics: FleetDynamics(
          initial: 10, minimum: 10, maximum: 10, startup: Startup(modelLoad: .fixed(.minutes(2)))),
        incidents: Incidents(planned: kind.map { [Incident(at: .minutes(10), $0)] } ?? []))
      return world.run(demand: demand, policy: FixedPolicy(replicas: 10))
    }
    let calm = try run(nil)
    let rolled = try run(.rollout(Rollout()))
    let careful = try run(.rollout(Rollout(unavailable: .count(0))))
    let fleet = try #require(rolled.fleet)
    #expect(fleet.rollouts == .init(finished: 1, isUnfinished: false, longest: .minutes(4)))
    #expect(rolled.worst?.cause == .rollingOut(unavailable: 2))
    #expect(rolled.service.overload ?? .zero > .minutes(3))
    #expect(careful.service.overload == .zero)
    #expect((careful.fleet?.replicaHours ?? 0) > (calm.fleet?.replicaHours ?? 0))
    #expect(fleet.scalingActions == 0)
  }
}
