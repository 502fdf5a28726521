import Documents

/// What a person needs to know of a policy to choose and to write it: its name in a plan file, one sentence, what may
/// stand behind the name, an example. The plan file's schema, its reference page and the tests are made from it.
public struct PolicyDescriptor: Sendable {
  /// The key in a plan file and on the command line: `"threshold"`.
  public let name: String
  /// One sentence: what it does and when to choose it.
  public let summary: String
  /// What may stand behind the name.
  public let schema: Schema
  /// A complete `scaling:` block in YAML.
  public let example: String
  /// Makes a recipe of what stands behind the name; nil where it is wrong (the reader then holds why) or where a
  /// manifest's file is not read yet.
  let read: @Sendable (Node, String, inout PolicyReader) -> (any PolicyRecipe)?

  init(
    name: String, summary: String, schema: Schema, example: String,
    read: @escaping @Sendable (Node, String, inout PolicyReader) -> (any PolicyRecipe)?
  ) {
    self.name = name
    self.summary = summary
    self.schema = schema
    self.example = example
    self.read = read
  }

  /// The field of a `scaling:` mapping.
  public var field: Field { Field(name, summary, schema) }
}
