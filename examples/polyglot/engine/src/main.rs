include!("../../schema/out/record.rs");

fn main() {
    let row = Row { name: "engine".into(), count: 1.0 };
    println!("{} {}", row.name, row.count);
}
