import Documents
import Quantities
import Testing
import Traffic

@testable import Planning
@testable import Scaling

/// Every policy can be written in a plan, as its example shows, and runs there.
@Suite("Policies in a plan") struct PolicyExamplesTests {
  static let demand: Trace = {
    let values = (0..<96).map { (hour: Int) -> Double in
      let day = (hour + 6) % 24 < 12 ? 9000.0 : 0
      return 15_000 + day + Double(hour % 7) * 100
    }
    let start = Timestamp(iso8601: "2026-03-02T00:00:00Z") ?? Timestamp(nanosecondsSinceEpoch: 0)
    return Trace(
      series: TimeSeries(start: start, step: .hours(1), rawValues: values), source: "t.csv", zone: .utc)
  }()

  static func plan(_ scaling: String, files: [String: String] = [:]) throws -> Plan {
    let text = planText(
      traffic: "source: { csv: t.csv }", service: "service time: 20ms\n  concurrency: 40",
      rest: scaling + "\nhorizon: 1d")
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    return try Plan.resolve(spec, catalog: .builtIn, zone: { TimeZoneRules(name: $0, tzif: []) ?? .utc }) {
      (path) throws(Diagnostics) in
      guard let text = files[path] else { throw Diagnostics([.error("there is no file '\(path)'", at: nil)]) }
      return Array(text.utf8)
    }.plan
  }

  @Test("the example of each policy is a plan that can be simulated", arguments: PolicyList.all.indices)
  func examples(_ i: Int) throws {
    let descriptor = PolicyList.all[i]
    let plan = try Self.plan(descriptor.example)
    #expect(plan.policy.name == descriptor.name)
    let outcome = try Planner.outcome(of: plan, trace: Self.demand, now: Self.demand.end)
    let own = try #require(outcome.simulations.first)
    #expect(own.policy == descriptor.name)
    let most = try #require(own.outcome.fleet).peakReplicas
    #expect(most >= 1)
    #expect(most <= max(100, outcome.sizing.replicas))
  }

  @Test("a manifest may stand for a policy: by its path, or by path and name")
  func manifests() throws {
    let hpa = """
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: { name: NAME }
      spec: { scaleTargetRef: { kind: Deployment, name: NAME }, minReplicas: 3, maxReplicas: 30 }

      """
    let two = hpa.replacing("NAME", "a") + "---\n" + hpa.replacing("NAME", "b").replacing("30", "31")
    #expect(try Self.plan("scaling: { hpa: one.yaml }", files: ["one.yaml": hpa]).policy.maximum == 30)
    let named = "scaling: { hpa: { manifest: two.yaml, name: b, tolerance: 5% } }"
    let recipe = try #require(try Self.plan(named, files: ["two.yaml": two]).policy as? HPARecipe)
    #expect(recipe.maximum == 31)
    #expect(recipe.settings.tolerance == 0.05)
    #expect(throws: Diagnostics.self) { try Self.plan("scaling: { hpa: two.yaml }", files: ["two.yaml": two]) }

    let serve = """
      applications:
        - name: llm
          deployments:
            - { name: Router, num_replicas: 2 }
            - { name: Model, autoscaling_config: { min_replicas: 2, max_replicas: 20, target_ongoing_requests: 8 } }
            - { name: Embed, num_replicas: auto }
      """
    let ray = try #require(
      try Self.plan("scaling: { ray: { manifest: s.yaml, name: Model } }", files: ["s.yaml": serve]).policy
        as? RayServeRecipe)
    #expect(ray.config.targetOngoingRequests == 8)
    let auto = try Self.plan("scaling: { ray: { manifest: s.yaml, name: Embed } }", files: ["s.yaml": serve])
    #expect(auto.policy.maximum == 100)
    #expect(throws: Diagnostics.self) { try Self.plan("scaling: { ray: s.yaml }", files: ["s.yaml": serve]) }
  }

  @Test("what is wrong is told where it stands, with what to write")
  func faults() {
    let cases: [(String, String)] = [
      ("scaling: { hpa: {} }", "names no manifest"),
      ("scaling: { hpa: { spec: { maxReplicas: 9, targetCPUUtilization: 70% } } }", "averageUtilization: 70"),
      (
        "scaling: { hpa: { spec: { maxReplicas: 9, behavior: { scaleDown: { stabilizationWindow: 60s } } } } }",
        "stabilizationWindowSeconds: 60"
      ),
      ("scaling: { hpa: none.yaml }", "there is no file 'none.yaml'"),
      ("scaling: { keda: { spec: { triggers: [] } } }", "at least one trigger"),
      ("scaling: { knative: { annotations: { target: many } } }", "must be a number"),
      ("scaling: { ray: { autoscaling_config: { min_replicas: 5, max_replicas: 2 } } }", "at least min_replicas"),
      (
        "scaling: { step: { above: 40%, below: 70%, scale out: [ { add: 1 } ], scale in: [ { remove: 1 } ] } }",
        "not below 'above'"
      ),
      (
        "scaling: { step: { above: 70%, below: 40%, scale out: [ { add: lots } ], scale in: [ { remove: 1 } ] } }",
        "add: 10%"
      ),
      ("scaling: { schedule: { entries: [ { at: noon, replicas: 3 } ] } }", "five fields"),
      ("scaling: { schedule: { entries: [] } }", "no entries"),
      ("scaling: { predictive: { with: {} } }", "names no policy"),
      ("scaling: { composite: [] }", "holds no policies"),
      ("scaling: { target: { utilization: 70%, queue: 3 } }", "several loads"),
    ]
    for (text, expected) in cases {
      do {
        _ = try Self.plan(text)
        Issue.record("accepted: \(text)")
      } catch {
        #expect("\(error)".contains(expected), "\(text): \(error)")
      }
    }
  }

  @Test("a policy that looks at concurrency needs a service time")
  func concurrency() throws {
    let text = planText(
      traffic: "source: { csv: t.csv }", rest: "scaling: { ray: { autoscaling_config: { max_replicas: 9 } } }")
    let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
    do {
      _ = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil })
      Issue.record("accepted")
    } catch { #expect("\(error)".contains("add service time")) }
  }

  @Test("combined policies act as the larger of their parts, and a forecast that only tells holds nothing")
  func combined() throws {
    let setting = PolicySetting(minimum: 1, maximum: 50, replicas: 9, capacity: .perSecond(100)) { _ in
      TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(60), rawValues: [700, 700, 700])
    }
    var signals = Signals(demand: 100)
    signals.utilization = 0.1
    let look = Observation(
      time: Timestamp(nanosecondsSinceEpoch: 0), replicas: ReplicaCount(desired: 20, ready: 20), signals: signals)
    let both = try Self.plan("scaling: { predictive: { per replica: 70/s, with: { target: {} } } }").policy
    var acting = both.policy(in: setting)
    #expect(acting.step(look).desired == 18)
    let floor = try Self.plan("scaling: { predictive: { per replica: 35/s } }").policy
    var alone = floor.policy(in: setting)
    #expect(alone.step(look).desired == 20)
    let told = try Self.plan("scaling: { composite: [ { predictive: { forecast only: true } }, { target: {} } ] }")
      .policy
    var telling = told.policy(in: setting)
    #expect(telling.step(look).desired == 18)
  }
}

extension String {
  fileprivate func replacing(_ word: String, _ other: String) -> String {
    components(separatedBy: word).joined(separator: other)
  }
}
