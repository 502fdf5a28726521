import Quantities

/// A job run from many starts on a trace: how much it costs and when it is done.
public struct SpotStudy: Sendable {
  public var job: SpotJob
  public var policy: SpotPolicy
  public var machines: Int

  public init(_ job: SpotJob, policy: SpotPolicy, machines: Int = 1) {
    self.job = job
    self.policy = policy
    self.machines = machines
  }

  /// What a study found, over its starts.
  public struct Result: Sendable {
    public var runs: [SpotRun]
    public var meanRelativeCost: Double { Statistics.mean(runs.map { $0.relativeCost }) ?? 0 }
    public var missed: Int { runs.count { !$0.meetsDeadline } }
    /// Hours until done, by quantile.
    public func finish(_ p: Double) -> Double { Statistics.quantile(runs.map { $0.finish }, p) ?? 0 }
  }

  /// Runs from evenly spaced starts; those that the trace is too short for are left out.
  public func run(_ trace: SpotTrace, starts: Int) -> Result {
    let isUp = trace.availability(of: machines)
    let needed = Int((job.deadline.seconds / trace.step.seconds).rounded(.up)) + 1
    let last = isUp.count - needed - 1
    guard last >= 0, starts > 0 else { return Result(runs: []) }
    return Result(
      runs: (0..<starts).map { i in
        run(isUp, from: starts == 1 ? 0 : last * i / (starts - 1), stepHours: trace.step.hours)
      })
  }

  /// Runs on so many traces drawn from a model.
  public func run(_ model: SpotModel, samples: Int, seed: UInt64) -> Result {
    let step = max(Duration.seconds(60), .seconds(job.deadline.seconds / 720))
    let history = 200
    return Result(
      runs: (0..<samples).map { i in
        let trace = model.sample(step: step, steps: history + 760, seed: seed, item: UInt64(i))
        return run(trace.availability(of: machines), from: history, stepHours: step.hours, model: model)
      })
  }

  /// One run. The policy knows the trace before the start, and what it has seen since.
  func run(_ isUp: [Bool], from start: Int, stepHours: Double, model known: SpotModel? = nil) -> SpotRun {
    let deadline = job.deadline.hours
    let changeover = job.changeover.hours
    let total = job.workWithSaving
    let hazards = known.map { SpotHazards($0) } ?? SpotHazards(isUp[..<start], stepHours: stepHours)
    let value = policy == .planned ? SpotValue(job, hazards) : nil
    // How long capacity has been as it is.
    var age = 0.0
    var before = start
    while before > 0, isUp[before - 1] == isUp[start] {
      age += stepHours
      before -= 1
    }
    var work = total
    var safe = total
    var holding = Holding.nothing
    var pending = 0.0
    var time = 0.0
    var run = SpotRun(
      spotHours: 0, onDemandHours: 0, finish: 0, meetsDeadline: false, losses: 0, relativeCost: 0)
    var tick = start
    while work > 1e-9, time < 20 * deadline {
      let available = tick < isUp.count ? isUp[tick] : false
      if tick > start, tick < isUp.count { age = isUp[tick] == isUp[tick - 1] ? age + stepHours : 0 }
      if holding == .spot, !available {
        holding = .nothing
        run.losses += 1
        // What was not saved is lost.
        if let every = job.checkpointEvery?.hours {
          if every > 0 { work = min(total, work + (safe - work).truncatingRemainder(dividingBy: every)) }
        } else {
          work = total
        }
        safe = work
      }
      var wanted = decision(
        value, timeLeft: deadline - time, work: work, pending: pending, holding: holding, isUp: available,
        age: age, time: time, stepHours: stepHours)
      if wanted == .spot, !available { wanted = .nothing }
      if wanted != holding {
        if holding == .spot || holding == .onDemand { safe = work }
        holding = wanted
        pending = wanted == .nothing ? 0 : changeover
        safe = work
      }
      var passed = stepHours
      if holding != .nothing {
        let begin = min(passed, pending)
        pending -= begin
        let done = min(passed - begin, work)
        work -= done
        if work <= 1e-9 { passed = begin + done }
        if holding == .spot { run.spotHours += passed } else { run.onDemandHours += passed }
      }
      time += passed
      tick += 1
    }
    run.finish = time
    run.meetsDeadline = time <= deadline + 1e-6
    run.relativeCost =
      (run.spotHours + job.priceRatio * run.onDemandHours) / (job.priceRatio * job.work.hours)
    return run
  }

  private func decision(
    _ value: SpotValue?, timeLeft: Double, work: Double, pending: Double, holding: Holding, isUp: Bool, age: Double,
    time: Double, stepHours: Double
  ) -> Holding {
    let changeover = job.changeover.hours
    // On demand from when waiting one more step could be too late; a spot machine may go on while its loss still
    // leaves time for a changeover.
    let toFinish = work + (holding == .onDemand ? pending : changeover)
    let loss = job.checkpointEvery.map { $0.hours } ?? job.workWithSaving
    let isLast = timeLeft <= toFinish + stepHours + 1e-9
    let canStay =
      holding == .spot && isUp
      && timeLeft > work + pending + changeover + 2 * stepHours + min(loss, job.workWithSaving - work)
    // Who leaves capacity on demand must have the time to start it again.
    let mustStay = holding == .onDemand && timeLeft <= work + max(pending, changeover) + 2 * stepHours
    switch policy {
    case .onDemand: return .onDemand
    case _ where mustStay: return .onDemand
    case .greedy:
      if holding == .onDemand { return .onDemand }
      if isLast, !canStay { return .onDemand }
      return isUp ? .spot : .nothing
    case .uniformProgress:
      if isLast { return canStay ? .spot : .onDemand }
      let done = job.workWithSaving - work
      let due = time / job.deadline.hours * job.workWithSaving
      // On demand goes on until it is two changeovers ahead and spot is there, or it would change back and forth: so does
      // the reference's code; idling when ahead would pay a changeover each time that it falls behind again.
      if holding == .onDemand, !isUp || done < due + 2 * changeover * job.work.hours / job.deadline.hours {
        return .onDemand
      }
      if isUp { return .spot }
      return done < due ? .onDemand : .nothing
    case .planned:
      if isLast { return canStay ? .spot : .onDemand }
      return value?.decision(
        timeLeft: timeLeft, workLeft: work, pending: pending, holding: holding, isUp: isUp, age: age,
        tickHours: stepHours) ?? .onDemand
    }
  }
}
