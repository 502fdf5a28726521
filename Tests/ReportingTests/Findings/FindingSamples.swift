import Catalogs
import Costs
import Optimizing
import Placing
import Quantities
import Scaling
import Serving

@testable import Planning
@testable import Traffic

/// Every finding, verdict and assumption that a plan or a load test can have, made up: each case at least once, and
/// each way in which it may be worded or weighed. `HouseTests` hold the list to the sources.
enum FindingSamples {
  static let day = CivilDate(year: 2026, month: 11, day: 27) ?? CivilDate(daysSinceEpoch: 0)
  static let worst = WorstMoment(
    time: day.midnightUTC, demand: .perSecond(60_000), capacity: .perSecond(40_000), needed: 30, ready: 20, starting: 0,
    desired: 20, cause: .maximumReached(20))

  static var facts: [any FindingFact] {
    demand + sizing + simulation + runs + tuning + recovery + placement + spent
      + [
        ServiceFinding.modelCaution("service times vary much", model: "M/M/32"),
        ServiceFinding.modelBand(ErrorBand(low: 0.75, high: 1.05, source: "the mean wait against simulation")),
        FleetFinding.noMachine, FleetFinding.noPrice(machine: "g5.xlarge", .onDemand),
        FleetFinding.noPrice(machine: "g5.xlarge", .spot), ScalingFinding.maximumTooLow(bound(carried: 10_000)),
        ScalingFinding.maximumTooLow(bound(carried: 90_000, isOfPolicy: true)),
        ScalingFinding.hazard(Hazard("a", what: "It swings", because: "2 is below 3", remedy: "Set it to 3")),
        ScalingFinding.hazard(Hazard("b", .note, what: "It waits", because: "3 is above 2", remedy: "Set it to 2")),
        CostFinding.autoscalingSaves(flat: .dollars(9000), following: .dollars(6000)),
        CostFinding.commitmentSaves(advice(region: "")), CostFinding.commitmentSaves(advice(region: "us-east-1")),
        PortfolioFinding.quotaContended(contended, lead: .days(14)),
        TrainingFinding.targetMissed(run: "assistant", days: 41.5),
        TrainingFinding.spotRefused(
          run: "assistant", why: "without checkpoints it takes 3430 h", remedy: "save checkpoints"),
        TrainingFinding.memoryIsTight(run: "assistant", free: 0.02),
        TrainingFinding.late(run: "assistant", end: 50, due: 40, machine: "p5.48xlarge", more: 12),
        TrainingFinding.late(run: "assistant", end: nil, due: nil, machine: "p5.48xlarge", more: nil),
        TrainingFinding.waits(run: "assistant", days: 3, preemptedBy: []),
        TrainingFinding.waits(run: "assistant", days: 3, preemptedBy: ["embeddings", "embeddings"]),
      ] as [any FindingFact]
  }

  private static let demand: [DemandFinding] =
    [
      .historyIsOld(end: day, without: .days(90), doubt: Fraction(rawValue: 0.12)),
      .seasonUnseen(history: .days(200)),
      .flatTop(FlatTop(rate: .perSecond(900), steps: 120, days: 20, unmet: .perSecond(1100))),
      .flatTop(FlatTop(rate: .perSecond(900), steps: 120, days: 20, unmet: nil)),
      .recentChange(RecentChange(days: 3, factor: Factor(rawValue: 2), hold: 0.8)),
      .peakDiffersFromSimple(
        by: .percent(12), simple: .perSecond(50_000), backtest: .init(origins: 8, error: .percent(7.1))),
      .peakDiffersFromSimple(by: .percent(-12), simple: .perSecond(50_000), backtest: nil),
      .history(TraceNote(.note, "Rows were sorted.", because: "12 were late.", remedy: "")),
      .history(TraceNote(.warning, "3 rows had no value.", because: "Line 9 is empty.", remedy: "")),
      .history(TraceNote(.warning, "3 rows had no value.", because: "Line 9 is empty.", remedy: "Fill it in.")),
      .gaps(1, steps: 2, of: 8760), .gaps(3, steps: 1200, of: 8760),
      .outliers(
        2, largest: Outlier(time: day.midnightUTC, value: .perSecond(9000), expected: .perSecond(3000), score: 6),
        day: day, second: 65_100), .growthUnknown(history: .days(20)),
      .eventProposed(
        EventProposal(
          event: Event(name: "Wednesdays", when: .weekly(.wednesday), lift: Estimate(low: 2, mid: 3, high: 4)),
          lift: EventLift(
            name: "Wednesdays", occurrences: 9, peak: Estimate(exactly: 3), mean: 2, last: day.midnightUTC),
          hits: [day - 7, day], occurrences: 3, chance: 0.01, next: day + 7, alternative: nil)),
      .eventOutside(event: "Launch", next: day + 400, end: day), .eventOutside(event: "Launch", next: nil, end: day),
    ] + EventMilestone.allCases.map { .eventLate(event: "Black Friday", start: day, milestone: $0, due: day - 30) }

  private static let spent: [CostFinding] = [9000.0, 6100, 3000].map {
    .spent(
      FOCUSBill.Month(
        year: 2026, month: 4, effective: .dollars($0), billed: .dollars($0), committed: .dollars(2000),
        spot: .dollars(300), unused: .dollars(40), days: Set(1...30)), planned: .dollars(6000))
  }
  private static let placement: [PlacementFinding] = [
    .nothingHolds(
      [.unreachable(origin: 0, nearest: 0, latency: 70, limit: 60, isResidency: true)],
      RegionProblem(
        regions: [.init(id: "a")], offers: [], origins: [.init(id: "a", home: 0, demand: [1], latency: [70])])),
    .nothingHolds([], RegionProblem(regions: [.init(id: "a")], offers: [], origins: [])),
    .notSolved(OptimizingError(.missing, "The solver HiGHS is not installed", remedy: Solver.remedy)),
    .unservable(origin: "eu-west-1", losses: [["eu-west-1"]]),
    .unservable(origin: "eu-west-1", losses: [["eu-west-1"], ["eu-west-1", "eu-central-1"]]),
    .order(machine: "p5.48xlarge", region: "us-east-1", count: 4, by: day, blockDays: nil, prepaid: nil),
    .order(machine: "p5.48xlarge", region: "us-east-1", count: 4, by: day, blockDays: 14, prepaid: .dollars(42_000)),
    .notCountedOn(machine: "p5.48xlarge", region: "us-east-1", probability: 0.4, lead: 30),
    .notCountedOn(machine: "p5.48xlarge", region: "us-east-1", probability: 0.4, lead: .infinity),
    .blockUnsuitable(machine: "p5.48xlarge", region: "us-east-1"), .spotLeftOut,
  ]
  private static let recovery: [RecoveryFinding] = [
    .postureMisses(.cold, time: .minutes(40), dataLoss: .seconds(5), dominant: "machines", instead: .hot),
    .postureMisses(.hot, time: .minutes(20), dataLoss: .seconds(5), dominant: "decision", instead: nil), .noneMeets,
    .neverDrilled(["us-east-1", "eu-west-1"]),
  ]

  private static let sizing: [SizingFinding] = [
    .capacityLasts(spare(replicas: 60)), .capacitySurplus(spare(replicas: 20)),
    .capacityRunsOut(shortfall(replicas: 108)), .capacityRunsOut(shortfall(replicas: 108, isExpected: false)),
    .headroomMissing(shortfall(replicas: 56, isExpected: false)),
    .capacityTight(shortfall(replicas: 40, isExpected: false)),
    .capacityRunsOut(shortfall(replicas: 108, isQuotaLate: true)),
    .machineQuotaTooLow(machines: "", missing: 12, placed: 20, replicas: 32, lead: .days(14)),
    .machineQuotaTooLow(machines: "g5.xlarge", missing: 12, placed: 20, replicas: 32, lead: .days(14)),
    .survives(survival(lost: []), share: .percent(67), peak: .perSecond(70_000)),
    .survives(survival(lost: ["a", "b"]), share: .percent(67), peak: .perSecond(70_000)),
    .doesNotSurvive(survival(lost: ["a"]), share: .percent(67), peak: .perSecond(90_000), needed: 68),
  ]

  private static let simulation: [SimulationFinding] = [
    .nodeQuotaTooLow(nodes: 5, needed: 9, held: 10, replicas: 18, lead: .days(14)),
    .incidentsSimulated(
      crashes: 7, preemptions: 2, rollouts: .init(finished: 1, longest: .minutes(4)), served: .percent(99.9),
      policy: "target tracking at 70 %"),
    .scalingTooSlow(lag(worst: worst, maximumReached: 20, isObjectiveMissed: true)),
    .scalingTooSlow(lag(worst: nil, maximumReached: nil, isObjectiveMissed: false)),
    .scalingFollows(
      .init(
        policy: "target tracking at 70 %", served: .percent(99.99), meanReplicas: 23.4, peakReplicas: 41,
        startup: .seconds(90))), .referenceDiffers(by: .percent(12), served: .percent(99)),
    .referenceDiffers(by: .percent(-12), served: .percent(99)),
  ]

  private static let runs: [RunFinding] =
    [
      .latestInvalid(run: 9), .tooFew(run: 9, earlier: 1), .tooFew(run: 9, earlier: 2),
      .noRegression(run: 9, earlier: 5),
    ]
    + ([.capacity, .p50, .p99, .throughput] as [RunFinding.Figure]).flatMap { figure in
      [.worse(change(figure)), .maybeWorse(change(figure))]
    }

  static func change(_ figure: RunFinding.Figure) -> RunFinding.Change {
    RunFinding.Change(
      figure: figure, run: 9, previous: 8, value: figure.isTime ? 0.15 : 700, usual: figure.isTime ? 0.1 : 1000,
      worse: figure.isTime ? 0.5 : 0.3, earlier: 5, scatter: 0.02, chance: 0.000_01)
  }

  private static let tuning: [TuningFinding] = [
    .settingsCanImprove(comparison(isMet: true)), .settingsCanImprove(comparison(isMet: false)),
    .settingsAreGood(comparison(isMet: true, isPriced: false)), .settingsDoNotSuffice(comparison(isMet: false)),
    .settingsDoNotSuffice(comparison(isMet: false, isChanged: false)),
  ]

  static var assumptions: [any AssumptionFact] {
    [
      DemandAssumption.peakToAverage(2.5),
      DemandAssumption.catalogLift(event: "Black Friday", lift: Estimate(low: 3, mid: 4, high: 5)),
      DemandAssumption.borrowedYear(source: "sister.csv"),
      ServiceAssumption.startsAtOnce, FleetAssumption.equalRegions(3),
      HeadroomAssumption.middle(of: HeadroomScenario.all[0]), HeadroomAssumption.notWritten,
    ]
  }

  static var verdicts: [Verdict] {
    let bases: [Verdict.Basis] = [.expected, .highDemand, .lowCapacity]
    let objectives: [Verdict.Objective] = [
      .capacity, .availability, .latency(.p99(.milliseconds(200)), includesService: true),
      .latency(LatencyBound(.firstToken, quantile: 0.9, limit: .seconds(1)), includesService: false), .budget,
      .budgetOfAll,
      .survival(
        Survival(
          tolerance: FailureTolerance(lost: 1, of: nil, what: "region"), left: .perSecond(30), lost: ["a"],
          factor: 1 / 0.3)),
    ]
    let bindings: [Verdict.Binding] = [
      .headroom, .maximum(20), .forecastError(1.38), .capacityError(0.75), .capacityError(nil), .worstMoment(worst),
      .nothing, .peakUtilization, .fleetCost, .allFleetsCost, .loss(.percent(70)), .quota(20),
    ]
    return bases.flatMap { basis in
      objectives.flatMap { objective in
        bindings.map { binding in
          Verdict(
            objective, basis, asked: 0.999, got: 0.9987, unit: .share, met: false, margin: -0.3, binding: binding)
        }
      }
    }
  }

  // MARK: Parts

  private static func bound(carried: Double, isOfPolicy: Bool = false) -> ScalingFinding.MaximumTooLow {
    ScalingFinding.MaximumTooLow(
      maximum: 5, replicas: 30, carried: .perSecond(carried), provisioned: .perSecond(60_000), peak: .perSecond(40_000),
      isOfPolicy: isOfPolicy)
  }

  private static func advice(region: String) -> CommitmentAdvice {
    let price = Price(
      hourly: .dollarsPerHour(0.6), lifecycle: .reservedOneYear, region: region, source: "a list", date: "2026-01")
    let choice = Commitment(onDemand: .dollarsPerHour(1), committed: .dollarsPerHour(0.6)).optimum(
      demand: [10, 10, 10, 20])
    return CommitmentAdvice(
      machine: "g5.xlarge", region: region, price: price, choice: choice, savingPerMonth: .dollars(2920))
  }

  private static let contended = Portfolio.MachineNeed(
    machine: "g5.xlarge", region: "us-east-1", lifecycle: .onDemand, count: 50, quota: 40,
    services: [("web", 30), ("api", 20)])

  static func shortfall(replicas: Int, isExpected: Bool = true, isQuotaLate: Bool = false) -> SizingFinding.Shortfall {
    SizingFinding.Shortfall(
      running: 48, capacity: .perSecond(96_000), replicas: replicas, day: day, isExpected: isExpected,
      cause: isExpected ? "Black Friday" : nil, addBy: day - 2, requestQuotaBy: day - 16, loadTestBy: day - 9,
      quotaLead: .days(14), isQuotaLate: isQuotaLate, today: day - 30)
  }

  static func spare(replicas: Int) -> SizingFinding.Spare {
    SizingFinding.Spare(
      running: 60, replicas: replicas, capacity: .perSecond(120_000), highPeak: .perSecond(90_000), share: .percent(40))
  }

  private static func survival(lost: [String]) -> Survival {
    Survival(
      tolerance: FailureTolerance(lost: 1, of: 3, what: "zone"), left: .perSecond(80_000), lost: lost, factor: 1.5)
  }

  private static func lag(worst: WorstMoment?, maximumReached: Int?, isObjectiveMissed: Bool) -> SimulationFinding.Lag {
    SimulationFinding.Lag(
      policy: "target tracking at 70 %", overload: .minutes(12), delay: .seconds(150), worst: worst,
      maximumReached: maximumReached, isObjectiveMissed: isObjectiveMissed)
  }

  private static func comparison(isMet: Bool, isPriced: Bool = true, isChanged: Bool = true) -> TuningFinding.Comparison
  {
    func point(_ cost: Double, met: Bool) -> TunedPoint {
      let share = TunedPoint.Interval(low: 0.9, mid: 0.95, high: 1)
      return TunedPoint(
        values: ["60%"], costPerMonth: cost, meanReplicas: 20, changesPerDay: 9, served: share, within: [],
        risk: .init(low: 0, mid: met ? 0.5 : 1.5, high: 2), weeksMet: 31, weeks: 32, weeksMetShare: share)
    }
    return TuningFinding.Comparison(
      policy: "hpa at 70 %",
      changes: isChanged ? [.init(name: "target", before: "70%", after: "60%", lowest: "40%", highest: "90%")] : [],
      chosen: point(6000, met: true), current: point(9000, met: isMet), isPriced: isPriced)
  }
}
