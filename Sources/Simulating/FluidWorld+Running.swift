import Quantities
import Scaling
import Serving
import Traffic

extension FluidWorld {
  public func run(_ workload: Workload, under policy: any ScalingPolicy) -> Outcome {
    run(demand: workload.series, policy: policy)
  }

  /// Lets a demand meet the fleet under a policy.
  ///
  /// Gaps in the demand are bridged by straight lines, negative rates count as none, infinite ones as gaps. In each
  /// tick: replicas whose start is over become ready, incidents strike, the policy looks if its period is over, then
  /// the tick's demand is served. Before the start all is taken to have been as in the first tick.
  public func run(demand: TimeSeries<RequestRate>, policy: some ScalingPolicy) -> Outcome {
    run(demand: DemandTicks(demand, tick: tickLength(for: demand, policy.period), interpolation), policy: policy)
  }

  /// The same with a demand that was cut into ticks before: for many runs on one demand.
  public func run(demand: DemandTicks, policy: some ScalingPolicy) -> Outcome {
    // The common policies get a loop of their own, compiled for them.
    if let policy = policy as? TargetTrackingPolicy { return record(demand, policy) }
    if let policy = policy as? ThresholdPolicy { return record(demand, policy) }
    if let policy = policy as? HPAPolicy { return record(demand, policy) }
    return record(demand, AnyPolicy(policy))
  }

  /// The totals alone, to the last bit those of `run(demand:policy:)`, for searches that run thousands of worlds:
  /// nothing is recorded.
  ///
  /// - Parameter tables: of this world (``tables()``), or of one with the same service and objective.
  public func totals(
    demand: DemandTicks, policy: some ScalingPolicy, tables: inout ServiceTables
  ) -> RunTotals {
    if let policy = policy as? TargetTrackingPolicy { return sum(demand, policy, &tables) }
    if let policy = policy as? ThresholdPolicy { return sum(demand, policy, &tables) }
    if let policy = policy as? HPAPolicy { return sum(demand, policy, &tables) }
    if let policy = policy as? StepScalingPolicy { return sum(demand, policy, &tables) }
    return sum(demand, AnyPolicy(policy), &tables)
  }

  /// Tables for ``totals(demand:policy:tables:)``.
  public func tables() -> ServiceTables { ServiceTables(service, objective, fleet) }

  private func sum<Policy: ScalingPolicy>(
    _ demand: DemandTicks, _ policy: Policy, _ tables: inout ServiceTables
  ) -> RunTotals {
    var run = FluidRun(world: self, demand: demand, policy: policy, knowsLatency: tables.levels.isKnown)
    var nothing = TotalsOnly()
    demand.withBuffers { rates, sums in run.advance(through: rates.count, rates, sums, &tables, &nothing) }
    return run.totals(offered: demand.sums.last ?? 0, &tables)
  }

  private func record<Policy: ScalingPolicy>(_ demand: DemandTicks, _ policy: Policy) -> Outcome {
    var tables = tables()
    var recorder = TimelineRecorder(
      start: demand.start, tick: demand.tick, ticks: demand.rates.count, points: timelinePoints)
    var run = FluidRun(world: self, demand: demand, policy: policy, knowsLatency: tables.levels.isKnown)
    let count = demand.rates.count
    // Copies on the way, from which short times are run again.
    let stride = max(4096, (count + 63) / 64)
    var stations: [FluidRun<Policy>] = []
    let looksAgain = timelinePoints > 0 && recorder.ticksPerBucket > 1
    return demand.withBuffers { rates, sums in
      var from = 0
      repeat {
        if looksAgain { stations.append(run) }
        from = min(from + stride, count)
        run.advance(through: from, rates, sums, &tables, &recorder)
      } while from < count
      recorder.flush()
      let totals = run.totals(offered: demand.sums.last ?? 0, &tables)
      var outcome = Outcome(
        start: demand.start, duration: demand.tick * count, tick: demand.tick, service: totals.service,
        fleet: totals.fleet, timeline: recorder.timeline, worst: run.diagnosis(rates), actions: run.scalingActions())
      guard looksAgain else { return outcome }
      let hour = Int(min((3600 / demand.tick.seconds).rounded(.up), 240))
      func lookAgain(_ kind: Outcome.CloseUp.Kind, at tick: Int) {
        let first = max(0, tick - hour)
        var copy = stations[first / stride]
        var nothing = TotalsOnly()
        copy.advance(through: first, rates, sums, &tables, &nothing)
        let last = min(count, tick + hour)
        var closeUp = CloseUpRecorder(
          TimelineRecorder(
            start: run.time(first), tick: demand.tick, ticks: last - first, points: last - first))
        copy.advance(through: last, rates, sums, &tables, &closeUp)
        outcome.closeUps.append(closeUp.closeUp(kind) { run.time($0) })
      }
      lookAgain(.worst, at: run.worst.tick)
      if let peak = rates.indices.max(by: { rates[$0] < rates[$1] }), abs(peak - run.worst.tick) > hour {
        lookAgain(.peak, at: peak)
      }
      return outcome
    }
  }
}

extension DemandTicks {
  func withBuffers<Result>(
    _ body: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>) -> Result
  ) -> Result {
    rates.withUnsafeBufferPointer { rates in sums.withUnsafeBufferPointer { sums in body(rates, sums) } }
  }
}

/// Any policy as one type, so that there is one compiled loop for all that have none of their own.
struct AnyPolicy: ScalingPolicy {
  private var policy: any ScalingPolicy
  let period: Duration
  let reads: SignalSet

  init(_ policy: any ScalingPolicy) {
    self.policy = policy
    period = policy.period
    reads = policy.reads
  }
  mutating func step(_ observation: Observation) -> Decision { policy.step(observation) }
}
