import Documents
import Quantities
import Terminal
import Training

struct TrainRolloutVerb: Verb {
  static let info = VerbInfo(
    "rollout", "reinforcement learning: how many accelerators generate, how many learn?",
    discussion: """
      A first form: each step generates a batch of answers, then learns from it. The rates are those of one accelerator: what \
      the serving model (or a load test) says of generating, what headroom train says of learning. Not modelled: waiting \
      for the longest answer beyond --stragglers, reward models, both on the same cards.
      """,
    examples: [
      Example(
        "headroom train rollout --answers 512 --tokens 4000 --generating 2500 --learning 8000 --accelerators 128",
        "how to split 128?")
    ], seeAlso: ["train"], section: "Plan")

  let common: SharedOptions
  let plan: RolloutPlan?
  let accelerators: Int
  let unit: Int

  init(_ a: inout Arguments) throws(UsageError) {
    let answers: Double = try a.option("answers", value: "N", default: 512, help: "answers of a step")
    let tokens: Double = try a.option("tokens", value: "N", default: 2000, help: "mean tokens of an answer")
    let generating: Double? = try a.option(
      "generating", value: "RATE", help: "tokens a second that one accelerator generates")
    let learning: Double? = try a.option("learning", value: "RATE", help: "tokens a second that one learns from")
    let stragglers: Double = try a.option(
      "stragglers", value: "N", default: 1.3, help: "how many times longer a batch takes than its mean answer")
    accelerators = try a.option("accelerators", value: "N", default: 64, help: "accelerators in all")
    unit = try a.option("unit", value: "N", default: 8, help: "accelerators that are moved together")
    common = try SharedOptions(&a, formats: [.text, .json])
    let isGiven = (generating ?? 0) > 0 && (learning ?? 0) > 0
    a.check(isGiven, "Both rates must be above zero. Write --generating 2500 --learning 8000.")
    let isEnough = unit >= 1 && accelerators >= 2 * unit
    a.check(isEnough, "At least two units of accelerators are needed: one that generates, one that learns.")
    plan =
      isGiven
      ? RolloutPlan(
        answers: answers, tokensPerAnswer: tokens, generating: .perSecond(generating ?? 1),
        learning: .perSecond(learning ?? 1), stragglers: stragglers) : nil
  }

  func run() throws -> ExitCode {
    guard let plan, let step = plan.split(of: accelerators, unit: unit) else { return .usage }
    if common.format == .json {
      var json = JSONWriter(pretty: true)
      json.object { json in
        json.key("schema")
        json.string("headroom/train-rollout/1")
        for (key, value) in [
          ("generators", Double(step.generators)), ("learners", Double(step.learners)), ("ratio", plan.ratio),
          ("rollout_s", step.rollout.seconds), ("training_s", step.training.seconds), ("step_s", step.step.seconds),
          ("sequential_step_s", step.sequential.seconds),
        ] {
          json.key(key)
          json.number(value)
        }
      }
      common.console.print(json.text)
      return .done
    }
    func seconds(_ span: Duration) -> String { "\(NumberFormat.significant(span.seconds, 3)) s" }
    common.console.print(
      "\(step.generators) generate and \(step.learners) learn: a step takes \(seconds(step.step)), "
        + "rollout \(seconds(step.rollout)) beside training \(seconds(step.training)).")
    common.console.print(
      "Neither waits at \(NumberFormat.significant(plan.ratio, 3)) generators a learner. On policy, one behind the other: \(seconds(step.sequential))."
    )
    return .done
  }
}
