//! Evaluation of a component, section by section. What it does to core modules is done in the result, in the same order;
//! what it does to components happens here and leaves nothing in the result.

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result, bail, ensure};
use wasm_encoder::{ComponentTypeRef, ExportKind, ModuleArg};
use wasmparser::{
    CanonicalFunction, CanonicalOption, Chunk, ComponentAlias, ComponentImport, ComponentInstance,
    ComponentOuterAliasKind, ComponentType, Encoding, ExternalKind, Instance as CoreInstance,
    InstanceTypeDeclaration, Parser, Payload, TypeBounds,
};

use crate::Fuser;
use crate::adapter::{CoreIndex, MAX_PARTS};
use crate::model::{
    CanonicalOptions, Entity, Func, Instance, Origin, Resource, Type, TypeId, item, read_type,
};
use crate::names;
use crate::scope::Scope;

/// What a nested component is instantiated with. The outermost gets nothing: its imports stay.
type Arguments<'a> = Option<BTreeMap<&'a str, Entity>>;

impl<'a> Fuser<'a> {
    /// Evaluates a component; returns its exports.
    pub(crate) fn evaluate(
        &mut self,
        bytes: &'a [u8],
        arguments: &Arguments<'a>,
    ) -> Result<Vec<(&'a str, Entity)>> {
        self.parts += 1;
        ensure!(self.parts <= MAX_PARTS, "it has more than {MAX_PARTS} components");
        let mut scope = Scope::new(self.parts);
        let mut parser = Parser::new(0);
        let mut rest = bytes;
        loop {
            let Chunk::Parsed { consumed, payload } = parser.parse(rest, true)? else {
                bail!("the component is cut off")
            };
            rest = &rest[consumed..];
            match payload {
                Payload::ModuleSection { unchecked_range, .. } => {
                    let module = nested(bytes, &unchecked_range)?;
                    rest = &rest[module.len()..];
                    if has_tags(module)? {
                        self.found.throwing.insert(scope.part);
                    }
                    self.model.modules.push(module);
                    scope.modules.push(self.model.modules.len() - 1);
                }
                Payload::ComponentSection { unchecked_range, .. } => {
                    let component = nested(bytes, &unchecked_range)?;
                    rest = &rest[component.len()..];
                    self.model.components.push(component);
                    scope.components.push(self.model.components.len() - 1);
                }
                Payload::ComponentTypeSection(section) => {
                    section.into_iter().try_for_each(|ty| self.define(&mut scope, ty?))?;
                }
                Payload::ComponentImportSection(section) => {
                    for import in section {
                        self.import(&mut scope, import?, arguments)?;
                    }
                }
                Payload::ComponentAliasSection(section) => {
                    section.into_iter().try_for_each(|alias| self.alias(&mut scope, alias?))?;
                }
                Payload::ComponentCanonicalSection(section) => {
                    section.into_iter().try_for_each(|canon| self.canon(&mut scope, canon?))?;
                }
                Payload::InstanceSection(section) => {
                    for instance in section {
                        self.core_instance(&mut scope, instance?)?;
                    }
                }
                Payload::ComponentInstanceSection(section) => {
                    for instance in section {
                        self.instance(&mut scope, instance?)?;
                    }
                }
                Payload::ComponentExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let entity = scope.get(export.kind, export.index)?;
                        self.name_functions(export.name.name, entity);
                        scope.exports.push((export.name.name, entity));
                        // An export is a new index of the same thing.
                        scope.push(entity);
                    }
                }
                Payload::CoreTypeSection(_) => bail!("it has core types of its own"),
                Payload::ComponentStartSection { .. } => bail!("it has a start function"),
                Payload::End(_) => return Ok(scope.exports),
                Payload::Version { encoding: Encoding::Component, .. } => {}
                Payload::Version { .. } => bail!("it is a core module"),
                Payload::CustomSection(_) => {}
                _ => bail!("it has a section of an unknown kind"),
            }
        }
    }

    /// Functions are called what they were first exported as.
    fn name_functions(&mut self, export: &str, entity: Entity) {
        let instance = match entity {
            Entity::Instance(instance) => instance,
            Entity::Func(func) => {
                let name = || export.to_owned();
                self.model.func_names.entry(func).or_insert_with(name);
                return;
            }
            _ => return,
        };
        for (name, entity) in &self.model.instances[instance].exports {
            if let Entity::Func(func) = entity {
                let name = || names::function(export, name);
                self.model.func_names.entry(*func).or_insert_with(name);
            }
        }
    }

    fn define(&mut self, scope: &mut Scope<'a>, ty: ComponentType<'a>) -> Result<()> {
        let id = match ty {
            ComponentType::Resource { dtor, .. } => {
                let destructor = match dtor {
                    Some(dtor) => Some(self.core_func(item(&scope.core_funcs, dtor)?)?),
                    None => None,
                };
                self.model.add_resource(Resource::Local { part: scope.part, destructor })?
            }
            other => {
                let ty = read_type(other, &scope.types)?;
                self.model.add_type(ty)
            }
        };
        scope.push(Entity::Type(id));
        Ok(())
    }

    fn import(
        &mut self,
        scope: &mut Scope<'a>,
        import: ComponentImport<'a>,
        arguments: &Arguments<'a>,
    ) -> Result<()> {
        let name = import.name.name;
        let entity = match arguments {
            Some(arguments) => {
                *arguments.get(name).with_context(|| format!("nothing is given for `{name}`"))?
            }
            None => self.import_of_root(scope, name, import.ty)?,
        };
        scope.push(entity);
        Ok(())
    }

    fn import_of_root(
        &mut self,
        scope: &Scope<'a>,
        name: &'a str,
        ty: wasmparser::ComponentTypeRef,
    ) -> Result<Entity> {
        Ok(match ty {
            wasmparser::ComponentTypeRef::Instance(ty) if self.loops.contains_key(name) => {
                let exports = self.exports_of_import(
                    item(&scope.types, ty)?,
                    |name_of, ty| Func::Looped { import: name, name: name_of, ty },
                    Resource::Looped,
                )?;
                self.looped.insert(name, exports.clone());
                let instance = Instance { exports, origin: Origin::Bag };
                let entity = Entity::Instance(self.model.add_instance(instance));
                self.name_functions(name, entity);
                entity
            }
            wasmparser::ComponentTypeRef::Instance(ty) => {
                let ty = item(&scope.types, ty)?;
                let index = self.emit_type(ty)?;
                let index = self.out.import(name, ComponentTypeRef::Instance(index));
                let instance = self.model.instances.len();
                let func = |name, ty| Func::OfHost { instance, name, ty };
                let exports = self.exports_of_import(ty, func, Resource::Host)?;
                let origin = Origin::Host(index);
                let entity =
                    Entity::Instance(self.model.add_instance(Instance { exports, origin }));
                self.name_functions(name, entity);
                entity
            }
            wasmparser::ComponentTypeRef::Func(ty) => {
                let ty = item(&scope.types, ty)?;
                let index = self.emit_type(ty)?;
                let index = self.out.import(name, ComponentTypeRef::Func(index));
                let func = self.model.add_func(Func::Import { index, ty });
                self.model.func_names.insert(func, name.to_owned());
                Entity::Func(func)
            }
            _ => bail!("the import `{name}` is neither an instance nor a function"),
        })
    }

    /// What an imported instance of that type exports: functions as `func` makes them, resources of that kind.
    fn exports_of_import(
        &mut self,
        ty: TypeId,
        func: impl Fn(&'a str, TypeId) -> Func<'a>,
        resource: Resource,
    ) -> Result<BTreeMap<&'a str, Entity>> {
        let Type::Instance { declarations, outer } = self.model.types[ty].clone() else {
            bail!("an instance with a type that is none of instances")
        };
        let mut types = Rc::new(Vec::new());
        let mut exports = BTreeMap::new();
        for declaration in declarations.iter() {
            match declaration {
                InstanceTypeDeclaration::Type(ty) => {
                    let ty = read_type(ty.clone(), &types)?;
                    Rc::make_mut(&mut types).push(self.model.add_type(ty));
                }
                InstanceTypeDeclaration::Alias(ComponentAlias::Outer {
                    kind: ComponentOuterAliasKind::Type,
                    count: 1,
                    index,
                }) => Rc::make_mut(&mut types).push(item(&outer, *index)?),
                InstanceTypeDeclaration::Export { name, ty } => {
                    let name = name.name;
                    let entity = match ty {
                        wasmparser::ComponentTypeRef::Func(ty) => {
                            let ty = item(&types, *ty)?;
                            Entity::Func(self.model.add_func(func(name, ty)))
                        }
                        wasmparser::ComponentTypeRef::Type(bounds) => {
                            let ty = match bounds {
                                TypeBounds::Eq(ty) => item(&types, *ty)?,
                                TypeBounds::SubResource => {
                                    self.model.add_resource(resource.clone())?
                                }
                            };
                            Rc::make_mut(&mut types).push(ty);
                            Entity::Type(ty)
                        }
                        _ => bail!("an import has `{name}`, neither a function nor a type"),
                    };
                    exports.insert(name, entity);
                }
                _ => bail!("an import has a declaration of an unknown kind"),
            }
        }
        Ok(exports)
    }

    fn alias(&mut self, scope: &mut Scope<'a>, alias: ComponentAlias<'a>) -> Result<()> {
        match alias {
            ComponentAlias::InstanceExport { instance_index, name, .. } => {
                let instance = item(&scope.instances, instance_index)?;
                let Instance { exports, origin } = &self.model.instances[instance];
                let entity = exports.get(name);
                let entity = *entity.with_context(|| format!("an instance without `{name}`"))?;
                scope.push(match (entity, origin) {
                    (Entity::Type(same_as), Origin::Host(_)) => {
                        Entity::Type(self.model.add_type(Type::OfHost { instance, name, same_as }))
                    }
                    (other, _) => other,
                });
            }
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                let instance = item(&scope.core_instances, instance_index)?;
                let index = self.out.core_alias_export(None, instance, name, export_kind(kind));
                match kind {
                    ExternalKind::Func | ExternalKind::FuncExact => {
                        self.of_modules.alias(instance, name, index);
                    }
                    ExternalKind::Memory => self.of_modules.memory(instance, index),
                    _ => {}
                }
                scope.push_core(kind, index);
            }
            ComponentAlias::Outer { .. } => bail!("it refers to the component around it"),
        }
        Ok(())
    }

    fn canon(&mut self, scope: &mut Scope<'a>, canon: CanonicalFunction) -> Result<()> {
        match canon {
            CanonicalFunction::Lift { core_func_index, type_index, options } => {
                let core = self.core_func(item(&scope.core_funcs, core_func_index)?)?;
                let options = self.options(scope, &options)?;
                let ty = item(&scope.types, type_index)?;
                let part = scope.part;
                scope.funcs.push(self.model.add_func(Func::Lifted { core, options, ty, part }));
            }
            CanonicalFunction::Lower { func_index, options } => {
                let options = self.options(scope, &options)?;
                let core = self.lower(scope.part, item(&scope.funcs, func_index)?, options)?;
                scope.core_funcs.push(core);
            }
            CanonicalFunction::ResourceNew { resource } => {
                let core = self.resource_new(scope.part, item(&scope.types, resource)?)?;
                scope.core_funcs.push(core);
            }
            CanonicalFunction::ResourceRep { resource } => {
                let core = self.resource_rep(scope.part, item(&scope.types, resource)?)?;
                scope.core_funcs.push(core);
            }
            CanonicalFunction::ResourceDrop { resource } => {
                let core = self.resource_drop(scope.part, item(&scope.types, resource)?)?;
                scope.core_funcs.push(core);
            }
            other => bail!("it uses the built-in {}", names::debug_name(&other)),
        }
        Ok(())
    }

    fn options(
        &mut self,
        scope: &Scope<'a>,
        options: &[CanonicalOption],
    ) -> Result<CanonicalOptions> {
        let mut read = CanonicalOptions::default();
        for option in options {
            match *option {
                CanonicalOption::UTF8 => {}
                CanonicalOption::Memory(index) => read.memory = Some(scope.memory(index)?),
                CanonicalOption::Realloc(index) => {
                    read.realloc = Some(self.inward(scope, index)?);
                }
                CanonicalOption::PostReturn(index) => {
                    read.post_return = Some(self.inward(scope, index)?);
                }
                other => {
                    bail!("it uses the canonical option {}", names::debug_name(&other))
                }
            }
        }
        Ok(read)
    }

    /// A function of the part that must not call out.
    fn inward(&mut self, scope: &Scope<'a>, index: u32) -> Result<CoreIndex> {
        let core = self.core_func(item(&scope.core_funcs, index)?)?;
        if !self.of_modules.stays_inside(core)? {
            self.found.guarded.insert(scope.part);
        }
        Ok(core)
    }

    fn core_instance(&mut self, scope: &mut Scope<'a>, instance: CoreInstance<'a>) -> Result<()> {
        let instance = match instance {
            CoreInstance::Instantiate { module_index, args } => {
                let id = item(&scope.modules, module_index)?;
                let module = self.emit_module(id);
                let mut given = Vec::new();
                for arg in &args {
                    let instance = item(&scope.core_instances, arg.index)?;
                    given.push((arg.name, ModuleArg::Instance(instance)));
                }
                let instance = self.out.core_instantiate(None, module, given);
                self.of_modules.instance(instance, self.model.modules[id]);
                instance
            }
            CoreInstance::FromExports(exports) => {
                let mut items = Vec::new();
                for export in &exports {
                    let index = match export.kind {
                        ExternalKind::Func | ExternalKind::FuncExact => {
                            self.core_func(item(&scope.core_funcs, export.index)?)?
                        }
                        kind => scope.get_core(kind, export.index)?,
                    };
                    items.push((export.name, export_kind(export.kind), index));
                }
                self.out.core_instantiate_exports(None, items)
            }
        };
        self.core_instances += 1;
        scope.core_instances.push(instance);
        Ok(())
    }

    fn instance(&mut self, scope: &mut Scope<'a>, instance: ComponentInstance<'a>) -> Result<()> {
        let instance = match instance {
            ComponentInstance::Instantiate { component_index, args } => {
                let component = item(&scope.components, component_index)?;
                let mut named = Vec::new();
                for arg in &args {
                    named.push((arg.name, scope.get(arg.kind, arg.index)?));
                }
                let bytes = self.model.components[component];
                let before = self.core_instances;
                let exports = self
                    .evaluate(bytes, &Some(named.iter().copied().collect()))
                    .with_context(|| names::component(bytes))?;
                let exports = exports.into_iter().collect();
                // Code runs once.
                let origin = match self.core_instances == before {
                    true => Origin::Instantiated(component, named),
                    false => Origin::Bag,
                };
                Instance { exports, origin }
            }
            ComponentInstance::FromExports(items) => {
                let mut exports = BTreeMap::new();
                for export in &items {
                    exports.insert(export.name.name, scope.get(export.kind, export.index)?);
                }
                Instance { exports, origin: Origin::Bag }
            }
        };
        scope.instances.push(self.model.add_instance(instance));
        Ok(())
    }
}

/// A module or component inside of `bytes`.
fn nested<'a>(bytes: &'a [u8], range: &std::ops::Range<u64>) -> Result<&'a [u8]> {
    bytes.get(range.start as usize..range.end as usize).context("the component is cut off")
}

pub fn export_kind(kind: ExternalKind) -> ExportKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
    }
}

/// Whether a core module can throw or catch.
fn has_tags(module: &[u8]) -> Result<bool> {
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::TagSection(_) => return Ok(true),
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if matches!(import?.ty, wasmparser::TypeRef::Tag(_)) {
                        return Ok(true);
                    }
                }
            }
            // What can be caught is known before the code.
            Payload::CodeSectionStart { .. } => break,
            _ => {}
        }
    }
    Ok(false)
}
