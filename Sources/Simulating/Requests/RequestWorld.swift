import Catalogs
import Quantities
import Scaling
import Serving
import Traffic

/// A service request by request: every arrival finds its replica, waits in a line, is served, fails or is tried again.
///
/// Exact where the fluid only knows steady states: bursts of seconds, percentiles, retries that feed on themselves, lines
/// that differ from replica to replica. Work grows with the number of requests, some million a second.
public struct RequestWorld: World {
  /// How a replica works and how requests find it. It must know single requests (`ServiceModel/knowsSingleRequests`); a
  /// capacity alone serves one request at a time, each for the same time.
  public var service: any ServiceModel
  /// How requests find their replica; nil for what the service's model says.
  public var balancing: Balancing?
  /// What replicas run on, for the bill.
  public var fleet: Fleet
  public var dynamics: FleetDynamics
  /// The line: of each replica, or of all where they share one. `requests` limits a line, `time` limits it to what its
  /// replicas serve in that time; a request that waits beyond the deadline leaves unserved.
  public var queue: QueueSpec
  public var clients: ClientBehavior
  public var metrics: MetricPipeline
  public var incidents: Incidents
  public var objective: Objective
  /// The step of meters and of the timeline; nil for the shortest of 1 s, the demand's step and the policy's period.
  public var tick: Duration?
  public var timelinePoints: Int
  public var actionLimit: Int
  public var flappingWindow: Duration
  public var seed: UInt64

  public init(
    service: any ServiceModel, balancing: Balancing? = nil, fleet: Fleet = Fleet(),
    dynamics: FleetDynamics = FleetDynamics(),
    queue: QueueSpec = .endless, clients: ClientBehavior = .patient, metrics: MetricPipeline = MetricPipeline(),
    incidents: Incidents = .none, objective: Objective = Objective(), tick: Duration? = nil,
    timelinePoints: Int = 2000, actionLimit: Int = 1000, flappingWindow: Duration = .seconds(600), seed: UInt64 = 1
  ) {
    self.service = service
    self.balancing = balancing
    self.fleet = fleet
    self.dynamics = dynamics
    self.queue = queue
    self.clients = clients
    self.metrics = metrics
    self.incidents = incidents
    self.objective = objective
    self.tick = tick
    self.timelinePoints = max(0, timelinePoints)
    self.actionLimit = max(0, actionLimit)
    self.flappingWindow = flappingWindow
    self.seed = seed
  }

  public func run(_ workload: Workload, under policy: any ScalingPolicy) -> Outcome {
    simulate(workload, under: policy).outcome
  }

  /// The same, with what only this world knows.
  public func simulate(_ workload: Workload, under policy: any ScalingPolicy) -> RequestOutcome {
    let step = tick ?? max(.milliseconds(1), min(workload.series.step, min(.seconds(1), policy.period)))
    let demand = DemandTicks(workload.series, tick: step)
    let stream = ArrivalStream(demand, workload.arrivals, seed: seed)
    return run(.stream(stream), demand, workload.mix, policy)
  }

  /// Recorded arrivals, in seconds since the start and rising.
  ///
  /// - Parameter length: of the run; nil for until just after the last arrival.
  public func simulate(
    arrivals times: [Double], for length: Duration? = nil, mix: [RequestKind] = [.ordinary],
    under policy: any ScalingPolicy
  ) -> RequestOutcome {
    let clean = times.filter { $0.isFinite && $0 >= 0 }.sorted()
    let last = clean.last ?? 0
    let seconds = max(length?.seconds ?? max(last + 1e-9, last.nextUp), 1e-9)
    let mean = Double(clean.count) / seconds
    return run(.times(clean[...]), flat(mean, seconds, policy), mix, policy)
  }

  /// A closed loop: so many users, each of whom waits for the answer, thinks, and asks again.
  ///
  /// - Parameters:
  ///   - think: nil for users that ask again at once.
  ///   - start: where the run lies in the calendar.
  public func simulate(
    users: Int, think: TimeDistribution? = nil, for length: Duration, from start: Timestamp? = nil,
    mix: [RequestKind] = [.ordinary], under policy: any ScalingPolicy
  ) -> RequestOutcome {
    let seconds = max(length.seconds, 1e-9)
    return run(.users(max(0, users), think), flat(0, seconds, policy, from: start), mix, policy)
  }

  private func flat(
    _ rate: Double, _ seconds: Double, _ policy: any ScalingPolicy, from start: Timestamp? = nil
  ) -> DemandTicks {
    let step = max(1e-9, min(tick?.seconds ?? min(1, policy.period.seconds), seconds))
    let count = max(1, Int(min((seconds / step).rounded(.up), Double(DemandTicks.most))))
    // Ticks are whole nanoseconds: rounded up, or the run would end before its last arrival.
    let even = Duration.nanoseconds(Int64(min((seconds * 1e9 / Double(count)).rounded(.up), 9e18)))
    return DemandTicks(
      TimeSeries(
        start: start ?? Timestamp(nanosecondsSinceEpoch: 0), step: even, rawValues: Array(repeating: rate, count: count)
      ),
      tick: even)
  }

  private func run(
    _ source: RequestSource, _ demand: DemandTicks, _ mix: [RequestKind], _ policy: any ScalingPolicy
  ) -> RequestOutcome {
    var run = RequestRun(world: self, source: source, demand: demand, mix: mix, policy: policy)
    run.runThrough()
    return run.outcome()
  }
}

/// Where requests come from.
enum RequestSource {
  case stream(ArrivalStream)
  case times(ArraySlice<Double>)
  case users(Int, TimeDistribution?)
}

/// What came of a run request by request.
public struct RequestOutcome: Sendable {
  /// As every world tells it.
  public var outcome: Outcome
  public var requests: RequestRecord
}

/// What single requests met with.
public struct RequestRecord: Sendable {
  /// Attempts that were sent: first ones, retries and hedges.
  public var attempts = 0
  public var retries = 0
  public var hedges = 0
  /// Attempts that found the line full.
  public var rejected = 0
  /// Attempts whose client stopped waiting, and attempts that left the line when their time there was over.
  public var timedOut = 0
  public var expired = 0
  /// Attempts that were lost with their replica.
  public var lost = 0
  /// Retries that the budget did not allow.
  public var overBudget = 0
  /// Attempts that were served, and those of them that nobody waited for any longer.
  public var served = 0
  public var wasted = 0
  /// From the first attempt to the answer, seconds, of the requests that were answered.
  public var responses = Histogram(cells: RequestRecord.cells)
  /// In the line, seconds, of the attempts that were served.
  public var waits = Histogram(cells: RequestRecord.cells)
  /// Of the mean response time, at 95 %.
  public var confidence = BatchMeans([])
  /// The busy share of the ready replicas over the whole time.
  public var utilization = Utilization.zero
  /// By kind of request, in the workload's order.
  public var kinds: [Kind] = []

  /// Percentiles are those of all requests, to 0.1 %.
  static let cells = 512

  /// What requests of one kind met with.
  public struct Kind: Sendable {
    public var kind: RequestKind
    public var offered = 0
    public var answered = 0
    public var failed = 0
    public var responses = Histogram(cells: RequestRecord.cells)
  }

  /// The share of the work done that nobody waited for any longer.
  public var wastedShare: Fraction { Fraction(rawValue: served > 0 ? Double(wasted) / Double(served) : 0) }
}
