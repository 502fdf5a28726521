import Documents
import Placing
import Planning
import Quantities

/// The answer of `headroom choose`.
public enum ShapeAnswer {
  /// The fields of a `--batch` answer, behind its id: choices by expected cost, and the one of least regret.
  public static func write(_ choices: [RankedShape], worlds: Int, to json: inout JSONWriter) {
    json.entry("worlds", worlds)
    json.objects("choices", choices) { json, one in write(one, to: &json) }
    let calm = choices.min { $0.expectedRegret < $1.expectedRegret }
    json.object("least_regret", calm) { json, one in write(one, to: &json) }
  }

  private static func write(_ one: RankedShape, to json: inout JSONWriter) {
    json.entry("machine", one.shape.name)
    json.entry("count", one.count)
    json.entry("price_per_h", one.price)
    json.entry("expected_cost_per_h", one.expectedCost)
    json.entry("expected_regret_per_h", one.expectedRegret)
    json.entry("worst_regret_per_h", one.worstRegret)
    json.entry("sufficient", one.sufficient)
    json.entry("cliff_distance", one.cliff)
  }
}
