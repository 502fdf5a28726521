import Catalogs
import Costs
import Documents
import Quantities
import Training

/// Training runs beside the service: how many accelerators, how long, at what cost, and when they get their machines.
enum TrainingSlice: PlanSlice {
  typealias Spec = [TrainingRunSpec]
  typealias Settings = [TrainedRun]
  typealias Answer = TrainingOutcome

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("training", "training runs, priced and scheduled with the service", .list(.object(run)))]
  }

  /// Names are found, and runs planned: what cannot be is told at its place.
  static func resolve(_ resolver: inout PlanResolver) -> [TrainedRun]? {
    let planner = TrainingRunPlanner(catalog: resolver.catalog)
    var runs: [TrainedRun] = []
    var isWhole = true
    for (i, spec) in resolver.spec[TrainingSlice.self].enumerated() {
      do throws(TrainingError) {
        let run = try planner.run(spec)
        for warning in run.warnings { resolver.warn(warning.problem, "training[\(i)]", help: warning.remedy) }
        runs.append(run)
      } catch {
        resolver.fail(
          "'\(spec.name)': \(error.problem)", "training[\(i)]",
          help: error.remedy.isEmpty ? "see headroom train --help" : error.remedy)
        isWhole = false
      }
    }
    return isWhole ? runs : nil
  }

  // MARK: Answering

  static func answer(_ draft: inout PlanDraft) -> TrainingOutcome {
    let runs = draft.plan.training
    guard !runs.isEmpty else { return TrainingOutcome(runs: [], placed: [], toBuy: [:]) }
    for (i, run) in runs.enumerated() { derive(run, i, &draft) }
    // Runs on machines that the service uses too share them: what its week leaves of the quota is theirs.
    var placed: [ClusterSchedule.Placed] = []
    var toBuy: [String: Int] = [:]
    var order: [String] = []
    for run in runs where !order.contains(run.machine.name) { order.append(run.machine.name) }
    for name in order {
      let group = runs.filter { $0.machine.name == name }
      let free = freeMachines(name, group, draft)
      let jobs = group.map { run in
        CalendarJob(
          name: run.spec.name, machines: run.machines, days: run.plan.chosen.wallClock.days,
          from: run.spec.from.map { Double(max(0, $0 - draft.today)) } ?? 0,
          due: run.spec.deadline.map { Double($0 - draft.today) }, priority: run.spec.priority,
          isPreemptible: run.spec.isPreemptible,
          restartDays: run.plan.chosen.interruptions.restart.days + run.plan.chosen.interruptions.interval.days / 2)
      }
      let result = ClusterSchedule(machines: free, jobs: jobs).run(days: 365, step: 1.0 / 12)
      placed += result.placed
      toBuy[name] = result.toBuy
    }
    return TrainingOutcome(runs: runs, placed: placed, toBuy: toBuy)
  }

  /// Machines of a type that the service leaves, a day each: the quota less what its week needs at its busiest hour of
  /// that weekday. Without a quota there are as many as the runs take.
  private static func freeMachines(_ name: String, _ runs: [TrainedRun], _ draft: PlanDraft) -> [Int] {
    let wanted = runs.reduce(0) { $0 + $1.machines }
    let pools = draft.plan.fleet.supply.pools.filter { $0.machine.name == name }
    let quotas = pools.compactMap { $0.quota }
    guard !quotas.isEmpty else { return [wanted] }
    let quota = quotas.reduce(0, +)
    let week = draft[SizingSlice.self].hourOfWeek
    func used(_ replicas: Int) -> Int {
      draft.plan.fleet.supply.holding(replicas).fleet.pools.filter { $0.machine.name == name }.reduce(0) {
        $0 + $1.count
      }
    }
    guard week.count == 168 else { return [max(0, quota - used(draft[SizingSlice.self].replicas))] }
    let today = draft.today.weekday.rawValue
    let byDay = (0..<7).map { day in used(week[(day * 24)..<(day * 24 + 24)].max() ?? 0) }
    return (0..<366).map { max(0, quota - byDay[(today + $0) % 7]) }
  }

  private static func derive(_ run: TrainedRun, _ index: Int, _ draft: inout PlanDraft) {
    let option = run.plan.chosen
    let job = run.plan.job
    let id = "training-\(index + 1)"
    let name = run.spec.name
    draft.ledger.note(
      id + "-tokens", "\(name): tokens", job.tokens, .plain,
      from: .input(place: draft.plan.places["training[\(index)].tokens"].map { "\($0)" } ?? ""))
    draft.ledger.note(
      id + "-flops", "\(name): FLOPs of a token", job.work.flopsPerToken, .plain,
      from: .catalog(source: job.model.source),
      because: "6 a multiplied parameter, and attention over \(NumberFormat.grouped(job.work.sequence)) tokens.")
    draft.ledger.note(
      id + "-peak", "\(name): peak FLOP/s of one accelerator", job.hardware.peak(job.work.precision), .plain,
      from: .catalog(source: run.machine.accelerator?.source ?? ""))
    draft.ledger.compute(
      id + "-utilization", "\(name): model FLOP utilization", option.answer.utilization, .share,
      how: "the fastest of \(NumberFormat.grouped(Double(run.plan.evaluated))) layouts, by the step model",
      from: [id + "-flops", id + "-peak"])
    draft.ledger.compute(
      id + "-goodput", "\(name): goodput", option.goodput.useful, .share,
      how: "closed form of failures, saves and restarts at the best interval", from: [id + "-utilization"])
    draft.ledger.compute(
      id + "-accelerators", "\(name): accelerators", Double(option.accelerators), .count,
      how: "the fewest that a legal layout divides and that meet the target", from: [id + "-utilization"])
    draft.ledger.derive(
      id + "-days", "\(name): days from start to end", .days,
      .number(id + "-tokens") * .number(id + "-flops")
        / (.number(id + "-peak") * .number(id + "-utilization") * .number(id + "-accelerators")
          * .number(id + "-goodput")
          * .constant(86_400, .plain)))
    if run.bill.isComplete, !run.bill.lines.isEmpty {
      draft.ledger.derive(id + "-cost", "\(name): cost", .money, .bill(run.bill, of: [id + "-days"]))
    }
  }

  // MARK: Judging

  static func judge(_ draft: inout PlanDraft) {
    let outcome = draft[TrainingSlice.self]
    for run in outcome.runs {
      if !run.plan.meetsTarget {
        draft.tell(TrainingFinding.targetMissed(run: run.spec.name, days: run.plan.chosen.wallClock.days))
      }
      if let refusal = run.spot?.refusal {
        draft.tell(TrainingFinding.spotRefused(run: run.spec.name, why: refusal.problem, remedy: refusal.remedy))
      }
      if run.plan.chosen.answer.memory.level == .tight {
        draft.tell(TrainingFinding.memoryIsTight(run: run.spec.name, free: run.plan.chosen.answer.memory.margin))
      }
    }
    for placed in outcome.placed {
      if placed.isLate || placed.end == nil {
        let machine = outcome.runs.first { $0.spec.name == placed.job.name }?.machine.name ?? ""
        draft.tell(
          TrainingFinding.late(
            run: placed.job.name, end: placed.end, due: placed.job.due, machine: machine, more: outcome.toBuy[machine]))
      } else if placed.waited > 0.5 {
        draft.tell(
          TrainingFinding.waits(run: placed.job.name, days: placed.waited, preemptedBy: placed.preemptedBy))
      }
    }
  }
}

/// The training runs of a plan with their bills, and when they get their machines.
public struct TrainingOutcome: Sendable {
  public var runs: [TrainedRun]
  /// By machine type, in the order of the runs.
  public var placed: [ClusterSchedule.Placed]
  /// Machines more of a type with which none is late.
  public var toBuy: [String: Int]
  /// What all runs cost.
  public var bill: CostBreakdown { runs.reduce(CostBreakdown(span: .zero)) { $0 + $1.bill } }
}

/// What there is to say about training runs.
public enum TrainingFinding: FindingFact, Hashable {
  /// No number of accelerators that there are meets the target.
  case targetMissed(run: String, days: Double)
  /// Spot capacity cannot carry it, with the arithmetic.
  case spotRefused(run: String, why: String, remedy: String)
  /// The allocator's caches do not fit beside the tensors.
  case memoryIsTight(run: String, free: Double)
  /// It is done after its day, or not within a year; machines more with which it would not be.
  case late(run: String, end: Double?, due: Double?, machine: String, more: Int?)
  /// It waits for machines that others hold.
  case waits(run: String, days: Double, preemptedBy: [String])

  public var code: String {
    switch self {
    case .targetMissed: "training-target-missed"
    case .spotRefused: "training-spot-refused"
    case .memoryIsTight: "training-memory-tight"
    case .late: "training-late"
    case .waits: "training-waits"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .targetMissed, .spotRefused, .late: .act
    case .memoryIsTight: .change
    case .waits: .note
    }
  }
}

extension Plan {
  /// The training runs, planned.
  public var training: [TrainedRun] { self[TrainingSlice.self] }
}

extension PlanOutcome {
  public var training: TrainingOutcome { self[TrainingSlice.self] }
}
