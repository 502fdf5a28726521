import Documents
import Quantities
import Serving
import Testing

@testable import Planning

/// The service's model is the only source of capacity: sizing, world and risk ask the same one.
@Suite("The service of a plan") struct ServiceSliceTests {
  @Test("a capacity with a service time is one model: what is sized holds in the world")
  func oneCapacity() throws {
    // One server of 50 ms is 20 a second; 500/s and 50 ms are 25 of them, not one.
    let outcome = try PlannerTests.outcome(
      "headroom: 60%\nhorizon: 7d\nscaling: { fixed: true }",
      service: "{ capacity: 500/s, service time: 50ms, objective: { p99: 500ms } }")
    let own = try #require(outcome.simulations.first)
    #expect(own.outcome.service.shareServed.rawValue > 0.9999, "\(own.title)")
    #expect(outcome.sizing.replicas == outcome.plan.replicas(for: outcome.sizing.provisioned))
    #expect(own.outcome.service.attainments.allSatisfy { $0.share.rawValue > 0.99 })
  }

  @Test(
    "sizing asks the model that the world asks, under each balancing",
    arguments: ["shared line", "random split", "least connections"])
  func balancing(_ words: String) throws {
    let plan = try PlannerTests.plan(
      service: "{ service time: 100ms, concurrency: 1, balancing: \(words), objective: { p99: 500ms } }")
    let capacity = plan.service.capacity.mid
    let n = capacity.replicas(for: .perSecond(400))
    // The world's model at the size that was chosen keeps the bound, and one replica fewer does not.
    func within(_ replicas: Int) -> Double {
      plan.service.model.mid.share(of: .response, within: 0.5, of: .perSecond(400), replicas: replicas) ?? 0
    }
    #expect(within(n) >= 0.99 && within(n - 1) < 0.99)
    #expect(plan.carried(by: n).mid >= .perSecond(400) && plan.carried(by: n - 1).mid < .perSecond(400))
  }

  @Test("a shared line needs the fewest replicas, a random split the most")
  func balancingOrder() throws {
    let needs = try ["shared line", "least connections", "random split"].map { words in
      try PlannerTests.plan(
        service: "{ service time: 100ms, concurrency: 1, balancing: \(words), objective: { p99: 500ms } }"
      ).replicas(for: .perSecond(400))
    }
    #expect(needs[0] <= needs[1] && needs[1] < needs[2], "\(needs)")
    // M/M/1 in each replica: p99 = ln(100) / (mu - lambda) <= 0.5 s gives lambda <= 10 - 9.2103 = 0.7897/s a replica.
    #expect(needs[2] == 507)
  }

  private static let wide = "capacity: { low: 1500/s, mid: 2000/s, high: 2100/s }"

  @Test("what is not known of a replica moves headroom, risk, verdicts and cost")
  func uncertainty() throws {
    let rest = "machines: [ { type: g5.xlarge } ]\nhorizon: 28d\n"
    let cover = "headroom: { cover: { forecast error: 90%, capacity error: 90% } }"
    let sure = try PlannerTests.outcome(rest + "headroom: { cover: { forecast error: 90% } }")
    let unsure = try PlannerTests.outcome(rest + cover, service: Self.wide)
    #expect(unsure.headroom.parts.contains { $0.kind == .capacityError && $0.added > 0 })
    #expect(unsure.headroom.fraction > sure.headroom.fraction && unsure.sizing.replicas > sure.sizing.replicas)
    #expect(unsure.verdicts.count > sure.verdicts.count)
    #expect(try #require(unsure.cost.flatByCapacity).high > unsure.cost.flatPerMonth)
    #expect(unsure.lowSimulation != nil && sure.lowSimulation == nil)
    // The same number of replicas is overloaded more often where they may carry less.
    let few = "headroom: 10%"
    let (a, b) = try (
      PlannerTests.outcome(rest + few), PlannerTests.outcome(rest + few, service: Self.wide)
    )
    let risks = [a, b].map { $0.risk.curve[$0.risk.chosen].overloadProbability }
    #expect(risks[1] > risks[0], "\(risks)")
  }

  @Test("an estimate in a key that can use none is refused with its place")
  func refused() {
    for service in ["{ service time: { low: 1ms, mid: 2ms, high: 3ms } }", "{ capacity: 5/s, queue: { low: 1s } }"] {
      let found = allDiagnostics(of: planText(service: service))
      #expect(found.contains { $0.severity == .error && $0.location != nil }, "\(service)")
    }
  }

  @Test("an empty value is told, not taken for nothing")
  func emptyValues() {
    for service in ["{ capacity: }", "{ capacity: , service time: 5ms }", "{ measured: }", "{ }"] {
      #expect(
        allDiagnostics(of: planText(service: service)).contains { $0.severity == .error && $0.help != nil },
        "\(service)")
    }
  }

  @Test("a replica that carries next to nothing is asked about, one that carries everything is planned")
  func extremes() throws {
    for service in ["{ capacity: 1e-300/s }", "{ service time: 1e9s }"] {
      let plan = try PlannerTests.plan(service: service, traffic: "average: 300/s")
      let error = #expect(throws: PlanningError.self) {
        try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end)
      }
      #expect(error?.code == .implausible, "\(service)")
    }
    let plan = try PlannerTests.plan(service: "{ capacity: 1e12/s }", traffic: "average: 300/s")
    #expect(try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end).sizing.replicas == 1)
    // No rate of this world.
    #expect(allDiagnostics(of: planText(service: "{ capacity: 1e300/s }")).contains { $0.severity == .error })
  }

  @Test("a capacity that a model gives is not called measured")
  func origins() throws {
    let outcome = try PlannerTests.outcome(
      service: "{ service time: 20ms, concurrency: 32, objective: { p99: 200ms } }")
    guard case .model(let what)? = outcome.ledger["capacity"]?.origin else {
      Issue.record("the origin is \(String(describing: outcome.ledger["capacity"]?.origin))")
      return
    }
    #expect(what.contains("p99"))
    guard case .input? = try PlannerTests.outcome().ledger["capacity"]?.origin else {
      Issue.record("a written capacity is an input")
      return
    }
  }

  @Test("a bound on what the model cannot know is refused")
  func unknownMetric() {
    let found = allDiagnostics(
      of: planText(service: "{ capacity: 5/s, service time: 5ms, objective: { ttft p99: 500ms } }"))
    #expect(found.contains { $0.severity == .error && $0.message.contains("'ttft p99' cannot be judged") })
  }

  @Test("every service model's example is a plan's service")
  func examples() throws {
    for model in ServiceModelList.all {
      let text = "plan: shop\ntraffic: { average: 30000/s }\n" + model.example
      let spec = try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "\(model.name).yaml")
      let saturation = #"{"schema": "headroom/load-saturation/1", "rate": 1900, "low": 1800, "high": 2000}"#
      let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }, files: { _ in Array(saturation.utf8) })
        .plan
      #expect(plan.service.capacity.ofOne.mid > .zero, "\(model.name)")
    }
  }
}
