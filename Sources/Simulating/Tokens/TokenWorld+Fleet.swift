import Quantities
import Scaling
import Serving
import Traffic

/// What came of a workload that met a fleet of language models token by token.
public struct TokenOutcome: Sendable {
  /// As every world tells it.
  public var outcome: Outcome
  public var record: TokenRecord
}

extension TokenWorld: World {
  public func run(_ workload: Workload, under policy: any ScalingPolicy) -> Outcome {
    simulate(workload, under: policy).outcome
  }

  /// Lets a workload meet a fleet under a policy: lengths are drawn from ``lengths``, replicas start and drain as
  /// ``dynamics`` says, and the policy looks at what meters read.
  ///
  /// Utilization is that of a server with the replica's throughput at saturation: the share of time in which it would
  /// have work. A world of two pools under a policy is not there: prompts and answers share replicas.
  public func simulate(_ workload: Workload, under policy: any ScalingPolicy) -> TokenOutcome {
    let step = tick ?? max(.milliseconds(1), min(workload.series.step, min(.seconds(1), policy.period)))
    let demand = DemandTicks(workload.series, tick: step)
    var world = self
    world.prefill = nil
    var run = TokenFleetRun(
      world, demand: demand, stream: ArrivalStream(demand, workload.arrivals, seed: seed), policy: policy)
    return run.runThrough()
  }

  /// The world of meters around the replicas.
  fileprivate var metered: RequestWorld {
    RequestWorld(
      service: service ?? PlainService(self), fleet: fleet, dynamics: dynamics, metrics: metrics, incidents: incidents,
      objective: objective, tick: tick, timelinePoints: timelinePoints, seed: seed)
  }
}

/// What meters need to know of a replica that no model describes: its capacity at saturation.
private struct PlainService: ServiceModel {
  let capacityPerReplica: RequestRate
  var summary: String { "a language model" }
  var metrics: Set<ServiceMetric> { [] }
  var hasIndependentReplicas: Bool { true }

  init(_ world: TokenWorld) {
    let (lengths, limits) = (world.lengths, world.replica.limits)
    let held = lengths.meanInput + lengths.meanOutput / 2
    let steady = SteadyState(
      step: world.replica.step, lengths: lengths,
      capacity: max(1, min(Double(limits.sequences), limits.cacheTokens / max(1, held))),
      batchedTokens: limits.batchedTokens, mixesPrefill: limits.mixesPrefill)
    capacityPerReplica = .perSecond(steady.peak / steady.output)
  }

  func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    ServiceLevel(
      utilization: Utilization(rawValue: demand / (capacityPerReplica * Double(max(1, replicas)))), served: demand,
      concurrency: 0, latencies: [:], binding: .none)
  }
}

/// A run whose replicas come and go under a policy.
private struct TokenFleetRun {
  private var run: TokenRun
  private var meter: RequestMeter
  private let demand: DemandTicks
  private let length: Double
  /// Seconds of a replica's time that a request takes at saturation.
  private let work: Double
  private var free: [Double] = []
  private var seen = 0
  private var seenRefused = 0
  private var seenLost = 0
  private var collectedAt = 0.0
  /// Seconds: longer than an answer of some thousand tokens takes, short beside a backlog of hours.
  private static let ending = 120.0
  private var ready = 0

  init(_ world: TokenWorld, demand: DemandTicks, stream: ArrivalStream, policy: any ScalingPolicy) {
    self.demand = demand
    length = demand.tick.seconds * Double(demand.rates.count)
    run = TokenRun(world, blockTokens: 16, source: .stream(stream, world.lengths))
    run.notesAnswers = true
    let metered = world.metered
    meter = RequestMeter(world: metered, demand: demand, policy: policy)
    let capacity = metered.service.capacityPerReplica.perSecond
    work = capacity > 0 && capacity.isFinite ? 1 / capacity : 0
  }

  mutating func runThrough() -> TokenOutcome {
    // The fleet begins with its ready replicas, not with those that a replay has.
    run.makeReady(0)
    sync()
    run.begin()
    while true {
      let time = min(meter.fleet.nextEvent, meter.nextTick)
      guard time < length else { break }
      while run.step(until: time) {}
      run.now = time
      if meter.fleet.nextEvent <= meter.nextTick {
        meter.advanceFleet(to: time)
        sync()
        continue
      }
      collect(at: time)
      let killed = meter.beginTick(at: time)
      if killed > 0 { run.crash(killed) }
      sync()
      if meter.look(at: time) { sync() }
    }
    while run.step(until: length) {}
    collect(at: length)
    meter.close(at: length)
    // Answers that were being written when time was over are let end, so that they do not count as missed; a line that
    // grows without end is still there.
    while run.step(until: length + Self.ending) {}
    for id in run.answers { meter.answered(run.record.requests[Int(id)]) }
    var record = run.finished()
    record.seconds = length
    return TokenOutcome(outcome: meter.outcome(of: demand), record: record)
  }

  private mutating func sync() {
    run.makeReady(meter.fleet.ready)
    guard ready != meter.fleet.ready else { return }
    ready = meter.fleet.ready
    meter.readyChanged(to: ready, at: run.now)
  }

  /// Hands the meters what has happened since they were last read.
  private mutating func collect(at time: Double) {
    while free.count < run.schedulers.count { free.append(0) }
    var busy = 0.0
    for end in free where end > collectedAt { busy += min(end, time) - collectedAt }
    let requests = run.record.requests
    for request in requests[seen...] {
      meter.attempts += 1
      meter.offered += 1
      let index = Int(request.replica)
      guard index >= 0 else { continue }
      let start = max(free[index], request.arrival)
      free[index] = start + work
      busy += max(0, min(start + work, time) - min(start, time))
    }
    seen = requests.count
    meter.wasBusy(busy, until: time)
    meter.failed += run.record.refused - seenRefused + run.lost - seenLost
    (seenRefused, seenLost) = (run.record.refused, run.lost)
    for id in run.answers { meter.answered(run.record.requests[Int(id)]) }
    run.answers.removeAll(keepingCapacity: true)
    meter.waiting = run.waitingCount
    meter.inService = max(0, run.unansweredCount - meter.waiting)
    collectedAt = time
  }
}
