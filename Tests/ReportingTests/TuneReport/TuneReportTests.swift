import Documents
import HeadroomTesting
import Planning
import Quantities
import Scaling
import Serving
import Testing

@testable import Reporting

@Suite("The reasons on a timeline") struct TimelineReasonTests {
  @Test(
    "every change has its reason where a pointer rests; the page tells those around the worst moment, and counts that add up"
  )
  func reasons() throws {
    let outcome = try SamplePlan.outcome()
    let report = SimulationReport(outcome)
    let own = try #require(outcome.simulations.first).outcome
    let chart = OutcomeChart.timeline(
      own, capacityPerReplica: outcome.sizing.capacityPerReplica, from: own.start,
      to: own.timeline.time(at: own.timeline.count), zone: .utc, title: "t", isForecast: false)
    #expect(!own.actions.isEmpty && chart.changes.count == own.actions.count)
    // The first change of a place has its reason on the page at every width.
    let first = try #require(own.actions.first)
    for width in [358.0, 700, 1080] {
      let svg = chart.drawn(width: width, id: "x").rendered()
      #expect(svg.contains("\(first.from) to \(first.to) replicas, \(HTML.escaped(first.reason))"))
    }
    let markdown = report.markdown()
    let worst = try #require(own.worst).time
    let near = try #require(own.actions.min { abs(($0.time - worst).seconds) < abs(($1.time - worst).seconds) })
    #expect(markdown.contains("\(near.from) to \(near.to)") && markdown.contains("Around the worst moment"))
    // Nothing unseen is painted over the chart.
    #expect(chart.drawn(width: 700, id: "x").rendered().contains("class=\"hover\""))
    let total = try #require(own.fleet).scalingActions
    #expect(
      own.actions.count == total && markdown.contains("\(Wording.count(total, "change")) of the number of replicas"))
  }
}

@Suite("The report of tuned settings") struct TuneReportTests {
  static func point(_ cost: Double, _ risk: Double, _ utilization: String) -> TunedPoint {
    func interval(_ mid: Double) -> TunedPoint.Interval { .init(low: mid * 0.9, mid: mid, high: mid) }
    return TunedPoint(
      values: [utilization, "5min"], costPerMonth: cost, meanReplicas: cost / 700, changesPerDay: 12,
      served: interval(0.9995), within: [interval(0.992)], risk: interval(risk), weeksMet: risk <= 1 ? 31 : 3,
      weeks: 32,
      weeksMetShare: .init(low: 0.84, mid: 31.0 / 32, high: 0.99))
  }

  static func tuning(_ verdict: Tuning.Verdict = .better) -> Tuning {
    let current = point(20_000, 0.2, "50%")
    let chosen = verdict == .keep ? current : point(15_000, verdict == .better ? 0.8 : 3, "64%")
    return Tuning(
      policy: "target", title: "target tracking at 50 %", verdict: verdict,
      settings: [
        .init(
          name: "utilization", before: "50%", after: verdict == .keep ? "50%" : "64%", lowest: "20%", highest: "95%"),
        .init(name: "cooldown", before: "5min", after: "5min", lowest: "0s", highest: "30min"),
      ], current: current, chosen: chosen, front: [point(12_000, 4, "80%"), chosen, point(18_000, 0.4, "55%")],
      recipe: TargetTrackingRecipe(), minimum: 2, maximum: 40,
      objective: Objective(latency: [.p99(.milliseconds(200))], availability: .percent(99.9)),
      isObjectiveAssumed: false, tried: 900, simulations: 8000, isInterrupted: false,
      traces: .init(search: 8, choice: 8, judgement: 32, days: 7, fromHistory: 24, fromForecast: 24, noise: 0.03),
      isPriced: true)
  }

  @Test("the headline says what is saved, that all is well, or that nothing suffices")
  func headlines() {
    #expect(TuneReport(Self.tuning(), source: "shop").headline.contains("25 % less than as it is"))
    #expect(TuneReport(Self.tuning(.keep), source: "shop").headline.contains("best left as it is"))
    #expect(TuneReport(Self.tuning(.unreachable), source: "shop").headline.contains("No settings"))
  }

  @Test("the keys of its JSON are exactly those of the reference page")
  func keys() throws {
    let json = TuneReport(Self.tuning(), source: "shop").json()
    let written = JSONPaths.all(in: try JSON.parse(Array(json.utf8))).filter {
      !$0.hasPrefix("current.") && !$0.hasPrefix("front[].") && !$0.hasPrefix("chosen.settings.")
    }
    let page = String(
      decoding: try Input.read(path: TestData.checkout + "/docs/reference/tune-json.md"), as: UTF8.self)
    var documented: Set<String> = []
    for line in page.split(separator: "\n") where line.hasPrefix("| `") {
      documented.insert(line.split(separator: "|")[0].filter { $0 != " " && $0 != "`" })
    }
    #expect(written.subtracting(documented).sorted() == [], "written, not documented")
    #expect(documented.subtracting(written).sorted() == [], "documented, not written")
  }

  @Test("the page draws every choice, with its settings where a pointer rests")
  func chart() {
    let html = TuneReport(Self.tuning(), source: "shop").html()
    Preview.write(html, to: "tune.html")
    #expect(html.contains("utilization 64%, cooldown 5min"))
    #expect(html.contains(">chosen<") && html.contains(">as it is<"))
  }

  @Test("the terminal shows each setting, and what else there is, within its width")
  func terminal() {
    let text = TuneReport(Self.tuning(), source: "shop").terminal(width: 80)
    #expect(text.contains("utilization") && text.contains("64%") && text.contains("31 of 32"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test("numbers that are none, and a front of one, break nothing")
  func absurd() {
    var tuning = Self.tuning()
    tuning.front = [Self.point(.nan, .infinity, "x")]
    tuning.current = tuning.front[0]
    tuning.chosen = tuning.front[0]
    let report = TuneReport(tuning, source: "")
    #expect(report.html().contains("</svg>") && !report.terminal(width: 10).isEmpty && report.json().contains("null"))
  }
}
