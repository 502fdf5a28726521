import Planning
import Quantities
import Reporting
import Scaling

/// The controls of a plan: beside each its value, and what it is in the plan. A form that works without a script.
struct WhatIfForm {
  /// What the plan has, as the form writes it.
  let planned: [Request.Field]
  private let entry: ServiceEntry
  private let question: WhatIf

  init(_ entry: ServiceEntry, _ question: WhatIf) {
    self.entry = entry
    self.question = question
    planned = Self.planned(entry.outcome)
  }

  private static func planned(_ outcome: PlanOutcome) -> [Request.Field] {
    var fields = [
      Request.Field("headroom", percent(outcome.headroom.fraction)), Request.Field("lift", "0"),
      Request.Field("policy", outcome.plan.policy.name), Request.Field("lost_region", ""),
    ]
    if let utilization = utilization(outcome) { fields.append(Request.Field("utilization", percent(utilization))) }
    return fields
  }

  private static func utilization(_ outcome: PlanOutcome) -> Double? {
    guard let target = outcome.plan.policy as? TargetTrackingRecipe, target.signal == .utilization else { return nil }
    return target.target
  }

  private static func percent(_ share: Double) -> String {
    let whole = (share * 100).rounded()
    return whole.isFinite ? "\(Int(min(max(whole, -100_000), 100_000)))" : "0"
  }

  /// What a form asks, what stands as in the plan left out: a form without a script sends every field.
  static func question(_ fields: [Request.Field], _ entry: ServiceEntry) -> WhatIf {
    let planned = planned(entry.outcome)
    var asked = Questions.whatIf(ofForm: fields.filter { !planned.contains($0) })
    // Only target tracking keeps a utilization: beside another policy the slider says nothing.
    if let policy = asked.policy, policy != TargetTrackingRecipe.name { asked.utilization = nil }
    return asked
  }

  private func value(_ name: String) -> String {
    switch name {
    case "headroom": question.headroom.map { Self.percent($0.rawValue) } ?? plannedValue(name)
    case "lift": Self.percent(question.lift.rawValue - 1)
    case "utilization": question.utilization.map { Self.percent($0.rawValue) } ?? plannedValue(name)
    case "policy": question.policy ?? plannedValue(name)
    default: question.lostRegion ?? ""
    }
  }
  private func plannedValue(_ name: String) -> String { planned.first { $0.name == name }?.value ?? "" }

  /// What is asked, as the address's query has it; empty where nothing is.
  var query: String {
    var parts: [String] = []
    if question.headroom != nil { parts.append("headroom=\(value("headroom"))") }
    if question.lift.rawValue != 1 { parts.append("lift=\(value("lift"))") }
    if let policy = question.policy { parts.append("policy=\(Form.encoded(policy))") }
    if question.utilization != nil { parts.append("utilization=\(value("utilization"))") }
    if let region = question.lostRegion { parts.append("lost_region=\(Form.encoded(region))") }
    return parts.joined(separator: "&")
  }

  var html: HTML {
    let plan = entry.outcome.plan
    var controls = [
      slider("headroom", "Headroom over the peak", from: 0, to: max(200, Int(plannedValue("headroom")) ?? 0)),
      slider("lift", "More or less traffic", from: -50, to: 200, isSigned: true),
      choice(
        "policy", "Scaling policy",
        WhatIf.policies(of: plan).map { ($0.name, $0.isOwn ? "\($0.title) (the plan's)" : $0.title) }),
    ]
    if plannedValue("utilization").isEmpty == false {
      controls.append(slider("utilization", "Utilization that target tracking keeps", from: 20, to: 95))
    }
    let regions = plan.fleet.origins.isEmpty ? plan.fleet.regions.map(\.name) : plan.fleet.origins.map(\.name)
    if regions.count > 1 {
      controls.append(choice("lost_region", "A region is lost", [("", "none")] + regions.map { ($0, $0) }))
    }
    return """
      <form class="what-if" method="get" action="\(entry.address)" data-live="\(entry.address)/what-if" aria-label="What if">
      <h2>What if</h2><p>Each answer is the plan's own, computed anew by the server.</p>
      <div class="controls">\(controls.joined())</div>
      <div class="buttons"><button type="submit">Show the whole page for this</button><button type="reset">As planned</button>\
      <a href="\(entry.address)">The plan without changes</a></div>
      </form>
      """
  }

  private func slider(_ name: String, _ label: String, from: Int, to: Int, isSigned: Bool = false) -> HTML {
    let current = value(name)
    let shown = (isSigned && (Int(current) ?? 0) > 0 ? "+" : "") + current + " %"
    let most = max(to, Int(current) ?? 0)
    let least = min(from, Int(current) ?? 0)
    let sign: HTML = isSigned ? " data-sign=\"1\"" : ""
    return """
      <div><label for="control-\(name)">\(label): <output for="control-\(name)">\(shown)</output></label>\
      <input type="range" id="control-\(name)" name="\(name)" min="\(least)" max="\(most)" step="1" value="\(current)" \
      data-planned="\(plannedValue(name))"\(sign)></div>

      """
  }

  private func choice(_ name: String, _ label: String, _ options: [(value: String, title: String)]) -> HTML {
    let current = value(name)
    let items = options.map { option -> HTML in
      option.value == current
        ? "<option value=\"\(option.value)\" selected>\(option.title)</option>"
        : "<option value=\"\(option.value)\">\(option.title)</option>"
    }
    return """
      <div><label for="control-\(name)">\(label)</label>\
      <select id="control-\(name)" name="\(name)" data-planned="\(plannedValue(name))">\(items.joined())</select></div>

      """
  }
}
