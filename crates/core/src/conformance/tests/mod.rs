mod broken;
mod memory;
mod saboteur;
