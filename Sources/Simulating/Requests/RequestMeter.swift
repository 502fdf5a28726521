import Catalogs
import Quantities
import Scaling
import Serving

/// What is measured of a run request by request, the policy that looks at it, and the fleet that follows: tick by tick, as
/// meters read.
struct RequestMeter {
  var fleet: ReplicaFleet
  private(set) var incidents: IncidentClock
  private var feed: MetricFeed
  private var policy: any ScalingPolicy
  private(set) var decision: Decision
  var recorder: TimelineRecorder
  let world: RequestWorld
  private let start: Timestamp
  private let tick: Double
  private let ticks: Int
  private let reads: SignalSet
  private let period: Double
  private let demand: [Double]
  private let replicaCapacity: Double

  /// The tick that begins next, and when.
  private(set) var index = 0
  private(set) var nextTick = 0.0
  private var nextLook = 0.0
  /// Attempts a second in the tick before each: what a meter knows when the tick begins.
  private var measured: [Double] = []

  // The tick that runs.
  var attempts = 0
  var offered = 0
  var failed = 0
  private var responses = Histogram(cells: 128)
  // Now.
  var waiting = 0
  var inService = 0
  private var ready = 0
  private var load = 0.0
  private var loadTime = 0.0
  private var loadIntegral = 0.0
  private var readyIntegral = 0.0
  private var tickLoad = 0.0
  private var tickReady = 0.0

  // The tick that ended last: what the policy sees.
  private var endedUtilization = Double.nan
  private var endedP99 = 0.0

  // The run.
  private(set) var service = ServiceRecord()
  private(set) var answeredCount = 0
  private(set) var failedCount = 0
  private(set) var offeredCount = 0
  private(set) var within: [Int]
  private let bounds: [LatencyBound]
  private var lastWait = 0.0
  private(set) var actions: [(time: Double, from: Int, to: Int, because: Reason)] = []
  private(set) var ups = 0
  private(set) var downs = 0
  private(set) var flaps = 0
  private var lastAction: (time: Double, up: Bool)?
  private(set) var peakReplicas = 0
  private(set) var leastReplicas = Int.max
  private(set) var replicaSeconds = 0.0
  private(set) var startingSeconds = 0.0
  /// Seconds by the number of replicas that were paid for.
  private(set) var paidSeconds: [Int: Double] = [:]
  private var fleetTime = 0.0
  private(set) var queuedSeconds = 0.0
  private var queueTime = 0.0
  private var overloadTicks = 0
  private(set) var peakUtilization = 0.0

  init(world: RequestWorld, demand: DemandTicks, policy: any ScalingPolicy) {
    self.world = world
    self.policy = policy
    self.demand = demand.rates
    start = demand.start
    tick = demand.tick.seconds
    ticks = demand.rates.count
    reads = policy.reads
    period = max(1e-3, policy.period.seconds)
    fleet = ReplicaFleet(world.dynamics, seed: world.seed)
    incidents = IncidentClock(world.incidents, seed: world.seed)
    feed = MetricFeed(world.metrics, reads: policy.reads, tick: demand.tick, incidents: world.incidents.planned)
    decision = Decision(desired: world.dynamics.initial, because: Reason(.notMeasured))
    recorder = TimelineRecorder(
      start: demand.start, tick: demand.tick, ticks: demand.rates.count, points: world.timelinePoints)
    bounds = world.objective.latency
    within = Array(repeating: 0, count: bounds.count)
    let capacity = world.service.capacityPerReplica.perSecond
    replicaCapacity = capacity.isFinite && capacity > 0 ? capacity : 0
  }

  // MARK: Requests

  /// How long the attempt that is about to be answered waited.
  mutating func waited(_ seconds: Double) { lastWait = seconds }

  mutating func answered(_ seconds: Double) {
    answeredCount += 1
    responses.record(seconds)
    for i in bounds.indices {
      // Tokens are not known here: a bound on them is met.
      let time: Double =
        switch bounds[i].metric {
        case .response, .firstToken: seconds
        case .wait: lastWait
        default: 0
        }
      if time <= bounds[i].limit.seconds { within[i] += 1 }
    }
  }

  /// The same of a request to a language model.
  mutating func answered(_ request: TokenRecord.Request) {
    answeredCount += 1
    responses.record(request.response)
    for i in bounds.indices where (request.time(bounds[i].metric) ?? 0) <= bounds[i].limit.seconds { within[i] += 1 }
  }

  /// Seconds that replicas were busy since it was last said.
  mutating func wasBusy(_ seconds: Double, until time: Double) {
    advanceLoad(to: time)
    loadIntegral += seconds
    tickLoad += seconds
  }

  mutating func changeLoad(by change: Double, at time: Double) {
    guard change != 0 else { return }
    advanceLoad(to: time)
    load = max(0, load + change)
  }

  mutating func readyChanged(to count: Int, at time: Double) {
    advanceLoad(to: time)
    ready = count
  }

  private mutating func advanceLoad(to time: Double) {
    let span = time - loadTime
    loadTime = time
    loadIntegral += load * span
    readyIntegral += Double(ready) * span
    tickLoad += load * span
    tickReady += Double(ready) * span
  }

  var utilization: Double { readyIntegral > 0 ? min(1, loadIntegral / readyIntegral) : 0 }

  // MARK: The fleet

  mutating func advanceFleet(to time: Double) {
    accountFleet(to: time)
    fleet.advance(to: time)
    noteCounts()
  }

  private mutating func accountFleet(to time: Double) {
    let span = time - fleetTime
    guard span > 0 else { return }
    fleetTime = time
    replicaSeconds += Double(fleet.total) * span
    startingSeconds += Double(fleet.startingCount) * span
    paidSeconds[fleet.paid, default: 0] += span
  }

  private mutating func noteCounts() {
    peakReplicas = max(peakReplicas, fleet.total)
    leastReplicas = min(leastReplicas, fleet.total)
  }

  // MARK: Ticks

  /// Ends the tick that runs, and begins the next: incidents strike, then the policy looks.
  /// - Returns: how many ready replicas crash.
  mutating func beginTick(at time: Double) -> Int {
    advanceLoad(to: time)
    if index > 0 { endTick(at: time) } else { measured.append(demand.first ?? 0) }
    advanceFleet(to: time)
    guard !incidents.isIdle else { return 0 }
    let crashes = incidents.crashes
    let supply = world.fleet
    _ = incidents.strike(&fleet, at: time, tick: tick) { ready in
      supply.hasSpot ? supply.spotReplicas(of: ready) : ready
    }
    noteCounts()
    return incidents.crashes - crashes
  }

  private mutating func endTick(at time: Double) {
    let rate = Double(attempts) / tick
    measured.append(rate)
    let busy = tickReady > 0 ? min(1, tickLoad / tickReady) : (attempts > 0 ? 1 : 0)
    peakUtilization = max(peakUtilization, busy)
    let capacity = tickReady / tick * replicaCapacity
    if demand[min(index - 1, demand.count - 1)] > capacity { overloadTicks += 1 }
    // Those that waited at the tick's end stand for the tick.
    queuedSeconds += Double(waiting) * tick
    offeredCount += offered
    failedCount += failed
    recorder.add(
      TickRow(
        demand: Double(offered) / tick, capacity: capacity, ready: ready, starting: fleet.startingCount,
        paid: fleet.paid, queue: Double(waiting), unserved: Double(failed), utilization: busy,
        p99: responses.quantile(0.99) ?? .nan))
    endedUtilization = tickReady > 0 ? min(1, tickLoad / tickReady) : .nan
    // Meters have an end: a day stands for "no answer".
    endedP99 = responses.quantile(0.99) ?? (attempts > 0 ? 86400 : 0)
    // Here and not when the policy has looked: what fails with replicas that crash in between is of the next tick.
    (attempts, offered, failed) = (0, 0, 0)
    (tickLoad, tickReady) = (0, 0)
    responses = Histogram(cells: 128)
  }

  /// The policy looks if its time has come. Gives whether the fleet was scaled.
  mutating func look(at time: Double) -> Bool {
    let signals = measure()
    if !feed.isInstant, !feed.kept.isEmpty { feed.add(signals, tick: index) }
    let tickIndex = index
    index += 1
    nextTick = Double(index) * tick
    guard time + 1e-9 >= nextLook else { return false }
    nextLook += period
    if nextLook <= time { nextLook = ((time / period).rounded(.down) + 1) * period }
    let seen = feed.isInstant ? signals : measured.withUnsafeBufferPointer { feed.read(at: tickIndex, $0) }
    let observation = Observation(
      time: start + .seconds(time), replicas: fleet.counts, signals: seen)
    decision = policy.step(observation)
    let wanted = min(max(decision.desired, world.dynamics.minimum), world.dynamics.maximum)
    let desired = fleet.desired
    guard wanted != desired else { return false }
    note(from: desired, to: wanted, time)
    fleet.scale(to: wanted, at: time)
    noteCounts()
    return true
  }

  private func measure() -> Signals {
    var signals = Signals()
    signals.demand = measured.last ?? 0
    signals.utilization = endedUtilization
    signals.concurrency = Double(waiting + inService)
    signals.queueDepth = Double(waiting)
    signals.p99Latency = endedP99
    return signals
  }

  private mutating func note(from: Int, to: Int, _ time: Double) {
    let up = to > from
    if up { ups += 1 } else { downs += 1 }
    if let last = lastAction, last.up != up, time - last.time <= world.flappingWindow.seconds { flaps += 1 }
    lastAction = (time, up)
    if actions.count < world.actionLimit { actions.append((time, from, to, decision.because)) }
  }

  /// The run is over.
  mutating func close(at time: Double) {
    advanceLoad(to: time)
    if index > 0 { endTick(at: time) }
    accountFleet(to: time)
    noteCounts()
    recorder.flush()
  }

  var overload: Duration { .seconds(tick * Double(overloadTicks)) }
}
