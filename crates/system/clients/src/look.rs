/// Light or dark, as the user's desktop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Dark words on light ground.
    Light,
    /// Light words on dark ground.
    #[default]
    Dark,
}
