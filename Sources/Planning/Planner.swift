import Catalogs
import Costs
import Glibc
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

/// Composes the rooms below into the answer to a plan. Pure: the trace, the moment and the seed are arguments.
public struct Planner: Sendable {
  let plan: Plan
  let seed: UInt64
  let now: Timestamp
  let trace: Trace?
  var ledger = Ledger()
  var findings: [Finding] = []
  var assumptions: [String] = []
  /// Possible futures from the forecast: what probabilities and expected minutes are counted on.
  var paths: [TimeSeries<RequestRate>] = []
  /// What level x shape x growth alone would have said, where the ensemble was used.
  var simpleForecast: Forecast?

  /// Of a horizon of so many steps: 200 paths give the probability of a 10 % event to about 2 percentage points;
  /// a long horizon at a short step takes fewer, so that the paths stay within 2 million numbers (16 MB).
  static func pathCount(steps: Int) -> Int { max(40, min(200, 2_000_000 / max(1, steps))) }

  /// The answer to a plan.
  ///
  /// - Parameters:
  ///   - trace: the demand that the plan's source gave; nil where the plan states its traffic.
  ///   - now: the moment to plan from. A history that ends more than 60 days earlier is planned from its end.
  ///   - isNowGiven: whether the user named the moment; then later history is left out.
  public static func outcome(
    of plan: Plan, trace: Trace?, now: Timestamp, isNowGiven: Bool = false, seed: UInt64 = 1
  ) throws(PlanningError) -> PlanOutcome {
    var used = trace
    var moment = now
    var findings: [Finding] = []
    if let full = trace {
      guard full.series.rawValues.contains(where: { !$0.isNaN }) else { throw PlanningError.noData(full.source) }
      if isNowGiven, full.series.end > now {
        let keep = full.series.index(of: now)
        guard keep > 0 else { throw PlanningError.nowBeforeHistory(now, full.series.start) }
        used = Trace(series: full.series.slice(0..<keep), source: full.source, zone: full.zone)
      } else if !isNowGiven {
        if full.series.end > now {
          moment = full.series.end
        } else if now - full.series.end > .days(60) {
          moment = full.series.end
          findings.append(
            Finding(
              .note, "history-is-old",
              "The history ends on \(full.series.end.utc.date.long); the plan starts there, not today.",
              because:
                "A forecast across \(NumberFormat.fixed((now - full.series.end).days, decimals: 0)) days without data would be a guess.",
              remedy: "Give newer data, or --now to plan from another day."))
        }
      }
    }
    var planner = Planner(plan: plan, seed: seed, now: moment, trace: used)
    planner.findings = findings
    return planner.compose()
  }

  private init(plan: Plan, seed: UInt64, now: Timestamp, trace: Trace?) {
    self.plan = plan
    self.seed = seed
    self.now = now
    self.trace = trace
  }

  /// The planner of an answer, to ask further.
  init(again outcome: PlanOutcome, seed: UInt64) {
    self.init(plan: outcome.plan, seed: seed, now: outcome.now, trace: outcome.trace)
    if let forecast = outcome.demand.forecast {
      paths = forecast.samplePaths(Planner.pathCount(steps: forecast.mid.count), seed: seed)
    }
  }

  private mutating func compose() -> PlanOutcome {
    let analysis = trace.map { TrafficAnalysis(of: $0, events: plan.events) }
    let demand = outlook(analysis)
    recordCapacity()
    var headroom = headroomChoice(demand, analysis)
    let sizing = sizing(demand, headroom, analysis)
    headroom = withCurve(headroom, demand, sizing)
    let runway = runway(demand, sizing)
    let simulations = simulations(demand, sizing)
    recordService(simulations)
    let cost = cost(demand, sizing, simulations)
    let verdicts = verdicts(demand, headroom, sizing, simulations)
    judge(analysis, demand, headroom, sizing, runway, simulations, cost, verdicts)
    return PlanOutcome(
      plan: plan, now: now, trace: trace, analysis: analysis, demand: demand, headroom: headroom, sizing: sizing,
      runway: runway, simulations: simulations, tuning: nil, cost: cost, verdicts: verdicts,
      findings: findings.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }
        .map { $0.element },
      ledger: ledger, assumptions: assumptions)
  }

  /// The origin of a value that the plan file may hold.
  func origin(_ path: String, otherwise: Derivation.Origin) -> Derivation.Origin {
    plan.places[path].map { .input(place: "\($0)") } ?? otherwise
  }
}
